# Who is where after so many days, as survfit of R's package survival says.
#
#   Rscript multistate.R FOLDER_OF_THE_DATA > multistate.csv
#
# R 4.2.2 with survival 3.5-3, Debian 12: apt-get install r-base-core r-cran-survival. The tests need neither.
#
# prothr: 64 of its 2,152 rows (32 stays) have no length: entered and left on one day. A stay of no length is given half
# a day. `prothr_dropped` is what comes out if these rows are left out: a patient who moved and died on one day never dies.
# ebmt4: states of the published model; a relapse is an end. No patient has two events at one time.
suppressMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, name), check.names = FALSE)

cat("set,group,day,state,share\n")
tell <- function(set, group, rows, days, states) {
  rows$event <- factor(rows$event, levels = c("censored", states))
  rows$from <- factor(rows$from, levels = states)
  fit <- survfit(Surv(start, stop, event) ~ 1, data = rows, id = id, istate = from, se.fit = FALSE)
  told <- summary(fit, times = days, extend = TRUE)
  for (k in seq_along(told$states)) {
    cat(sprintf("%s,%s,%d,%s,%.15g\n", set, group, days, told$states[k], told$pstate[, k]), sep = "")
  }
}

# one row a stay: where it led, if anywhere
stays <- function(long) {
  moved <- aggregate(cbind(goal = ifelse(status == 1, to, 0)) ~ id + from + Tstart + Tstop, data = long, FUN = max)
  names <- c("normal", "low", "dead")
  data.frame(id = moved$id, start = moved$Tstart, stop = moved$Tstop, from = names[moved$from],
             event = c("censored", names)[moved$goal + 1])
}
prothr <- read("prothr.csv")
days <- c(0, 30, 90, 180, 365, 730, 1095, 1825, 2555, 3650)
for (treat in c("Placebo", "Prednisone")) {
  rows <- stays(prothr[prothr$treat == treat, ])
  rows <- rows[order(rows$id, rows$start, rows$stop), ]
  tell("prothr_dropped", treat, rows[rows$start < rows$stop, ], days, c("normal", "low", "dead"))
  rows$stop <- ifelse(rows$start == rows$stop, rows$stop + 0.5, rows$stop)
  tell("prothr", treat, rows, days, c("normal", "low", "dead"))
}

ebmt <- read("ebmt4.csv")
states <- c("transplanted", "recovered", "adverse", "both", "relapsed", "dead")
path <- function(row) {
  moves <- data.frame(at = c(row$rec, row$ae, row$recae, row$rel, row$srv),
                      happened = c(row$rec.s, row$ae.s, row$recae.s, row$rel.s, row$srv.s), event = states[-1])
  moves <- moves[moves$happened == 1, ]
  # both events: the second of the two is the state of both
  if (row$rec.s == 1 && row$ae.s == 1) {
    later <- if (row$rec > row$ae) "recovered" else "adverse"
    moves <- moves[moves$event != later, ]
  }
  moves <- moves[order(moves$at, match(moves$event, states)), ]
  # what follows a relapse is of no interest: it is an end, as in the published model
  if ("relapsed" %in% moves$event) moves <- moves[seq_len(match("relapsed", moves$event)), ]
  last <- if (nrow(moves)) moves$event[nrow(moves)] else "transplanted"
  begins <- c(0, moves$at)
  if (!last %in% c("relapsed", "dead") && row$srv > begins[length(begins)]) {
    moves <- rbind(moves, data.frame(at = row$srv, happened = 0, event = "censored"))
  }
  n <- nrow(moves)
  data.frame(id = row$id, start = c(0, moves$at)[seq_len(n)], stop = moves$at,
             from = c("transplanted", moves$event)[seq_len(n)], event = moves$event)
}
rows <- do.call(rbind, lapply(seq_len(nrow(ebmt)), function(k) path(ebmt[k, ])))
tell("ebmt4", "all", rows, c(10, 30, 60, 100, 180, 365, 730, 1095, 1825, 3650), states)
