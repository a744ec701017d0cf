"""Phrases of the lint of method: for each rule what was found, why it misleads, and what to do."""

from __future__ import annotations

LINT_PHRASES: dict[str, tuple[str, str]] = {
    "lint_title": ("{file}: {n} findings of method", "{file}：方法检查发现 {n} 项"),
    "lint_clean": ("{file}: nothing found by {n} rules", "{file}：{n} 条规则均未发现问题"),
    "lint_waits": (
        "No forecast can be made of it as it stands; the other rules wait until that is mended.",
        "按现状无法预测；修正后其余规则方可检查。",
    ),
    "lint_why": ("why: {text}", "原因：{text}"),
    "lint_do": ("do: {text}", "做法：{text}"),
    # what cannot be forecast from
    "lint_no_unit_what": ("the file states no {key}", "未写明 {key}"),
    "lint_no_unit_why": (
        "The same figure in 元 and in 万元 differs by a factor of 10,000, and nobody who reads the result can tell.",
        "同一数字按元与按万元相差一万倍，读结果的人无从分辨。",
    ),
    "lint_no_unit_do": (
        "State currency and unit once, such as `currency: CNY` and `unit: 万元`.",
        "写明一次币种与单位，如 `currency: CNY`、`unit: 万元`。",
    ),
    "lint_table_without_unit_what": (
        "the table {file} states no unit, so its amounts count as {unit}",
        "表 {file} 未写单位，其金额按{unit}计",
    ),
    "lint_table_without_unit_why": (
        "Systems of record mostly export plain currency; read as {unit}, every amount is too large by orders of "
        "magnitude.",
        "业务系统多以元导出；若按{unit}读取，金额会大出若干数量级。",
    ),
    "lint_table_without_unit_do": (
        "State the table's own unit beside its file: `unit: 元` or `unit: {unit}`.",
        "在表旁写明其单位：`unit: 元` 或 `unit: {unit}`。",
    ),
    "lint_falling_win_rates_what": (
        "the win rate falls from {rate} in {stage} to {rate_next} in {next}",
        "赢率由{stage}的 {rate} 降至{next}的 {rate_next}",
    ),
    "lint_falling_win_rates_why": (
        "Every deal won from {stage} passes {next} first, so its chance there cannot be lower: one of the figures "
        "is of "
        "something else, mostly a conversion or a mark of progress.",
        "从{stage}赢下的单必先经过{next}，后者赢率不可能更低：其中一个数另有所指，多为推进率或进度标记。",
    ),
    "lint_falling_win_rates_do": (
        "Find out which figure is a win rate; state the other as `conversion`, or give a mark `in_forecast: no`.",
        "弄清哪个是赢率；另一个改写为 `conversion`，进度标记则写 `in_forecast: no`。",
    ),
    "lint_beta_per_deal_what": (
        "{deal} has a law in place of its own win rate",
        "{deal} 的单笔赢率写成了分布律",
    ),
    "lint_beta_per_deal_why": (
        "A chance drawn anew for each deal changes nothing: a win with a random chance is a win with its mean. The "
        "forecast looks as if doubt were in it, and its width stays the same.",
        "每单各抽一次概率毫无作用：随机概率下的输赢等同于取其均值。预测看似含有不确定性，宽度却分毫未变。",
    ),
    "lint_beta_per_deal_do": (
        "Give the deal the mean, and put the doubt where deals share it: `beliefs` on the stage, or `shock`.",
        "单笔取均值；不确定性写在各单共有之处：阶段的 `beliefs` 或 `shock`。",
    ),
    # what a forecast can be made from
    "lint_closed_only_what": (
        "the rate of {stage} rests on {won} of {of} deals while {open} stand open there",
        "{stage}的比率依据 {of} 单中 {won} 单，而该阶段尚有 {open} 单在手",
    ),
    "lint_closed_only_why": (
        "If only closed deals were counted, those that are slow are missing, and wins ({days_won} days) and losses "
        "({days_lost} days) are not equally slow: the rate is then off to the side of the faster one.",
        "若只数已关闭的单，慢单便被漏掉，而赢（{days_won} 天）与输（{days_lost} 天）快慢不同：比率会偏向较快的一方。",
    ),
    "lint_closed_only_do": (
        "Count all deals that entered in a window old enough to be decided, or let `funnelsim fit` count the open "
        "ones in.",
        "改数同一时段进入、已足够久的全部商机，或用 `funnelsim fit` 把未决商机计入。",
    ),
    "lint_target_at_the_mean_what": (
        "the target {amount} is the mean of the forecast: its chance is {chance}",
        "目标 {amount} 正是预测均值：达成概率 {chance}",
    ),
    "lint_target_at_the_mean_why": (
        "A mean is missed about as often as it is met; promised as a plan it fails every other time.",
        "均值大约一半时候达不到；拿它作承诺，约两次里有一次落空。",
    ),
    "lint_target_at_the_mean_do": (
        "Promise what has 9 chances in 10 (`funnelsim run`), or ask what the target takes (`funnelsim goal`).",
        "承诺取九成把握的数（`funnelsim run`），或反推达成目标所需（`funnelsim goal`）。",
    ),
    "lint_one_big_deal_what": ("{deal} carries {share} of the open amount", "{deal} 占在手金额的 {share}"),
    "lint_one_big_deal_why": (
        "The outcome has two humps, with and without it, and the mean lies in the valley where nothing ever lands.",
        "结果呈两峰，赢它与输它各一；均值落在几乎从不出现的谷底。",
    ),
    "lint_one_big_deal_do": (
        "Tell the forecast with and without it (`funnelsim deals`, `funnelsim stress`), and judge the deal by itself.",
        "分别给出有它与没它的预测（`funnelsim deals`、`funnelsim stress`），并单独判断此单。",
    ),
    "lint_no_shock_what": (
        "nothing moves the {deals} deals together: no shock is stated",
        "{deals} 单之间没有任何联动：未写共同冲击",
    ),
    "lint_no_shock_why": (
        "Independent deals average out, so the interval shrinks with the square root of their number; real quarters "
        "are good "
        "or bad as a whole, and intervals without it hold far less often than they say.",
        "独立的单会互相抵消，区间随单数平方根收窄；现实的季度整体好或整体坏，缺了它区间远没有声称的可靠。",
    ),
    "lint_no_shock_do": (
        "State `shock: {{rho: 0.05}}` to begin with, or fit its size from past quarters with `funnelsim fit`.",
        "先写 `shock: {{rho: 0.05}}`，或用 `funnelsim fit` 由历史估出大小。",
    ),
    "lint_rates_as_known_what": (
        "the rates of all {stages} stages are taken as known",
        "{stages} 个阶段的比率均视为确知",
    ),
    "lint_rates_as_known_why": (
        "Rates were counted on some number of past deals and are off by the luck of those; all deals share the "
        "error, so it "
        "does not average out.",
        "比率由有限的往单数得，带着当时的运气；各单共担此误差，不会互相抵消。",
    ),
    "lint_rates_as_known_do": (
        "Say on how many deals a rate rests: `win_rate: {{beta: {{won: 8, of: 40}}}}`.",
        "写明比率依据多少单：`win_rate: {{beta: {{won: 8, of: 40}}}}`。",
    ),
    "lint_thin_evidence_what": ("the rate of {stage} rests on {n} deals", "{stage}的比率仅依据 {n} 单"),
    "lint_thin_evidence_why": (
        "Under 30 deals a rate of 30 % may as well be 15 or 45 %, and the prior weighs as much as the count.",
        "不足 30 单时，30% 的比率也可能是 15% 或 45%，先验与计数几乎同样重要。",
    ),
    "lint_thin_evidence_do": (
        "Pool it with stages or segments alike, count over a longer time, and show the interval, not the rate.",
        "与相近阶段或市场合并，或拉长统计时段；展示区间而非单一比率。",
    ),
    "lint_stale_share_what": (
        "{n} deals, {share} of the book, are older than their stage can explain",
        "{n} 单（占 {share}）停留之久已非其阶段所能解释",
    ),
    "lint_stale_share_why": (
        "They swell the open amount and the coverage, and no rate counted on living deals speaks of them.",
        "它们虚增在手金额与覆盖倍数，而由活跃商机数得的比率对它们并不适用。",
    ),
    "lint_stale_share_do": (
        "Close them or correct their dates (`funnelsim deals` lists them); state `stale` as it is meant.",
        "关闭它们或改正日期（`funnelsim deals` 可列出），并按本意写明 `stale`。",
    ),
    "lint_short_horizon_what": (
        "the horizon is {days} days, and half of the wins from {stage} take longer than {median}",
        "预测期 {days} 天，而自{stage}起半数赢单需 {median} 天以上",
    ),
    "lint_short_horizon_why": (
        "Most of what these deals bring comes after the end, so better work on early stages seems to be worth nothing.",
        "这些单的多数收获在期后，对早期阶段的改进因而显得毫无价值。",
    ),
    "lint_short_horizon_do": (
        "Look at least one cycle ahead, and judge the first period by its late stages alone.",
        "至少看一个完整周期；首期只看后段阶段。",
    ),
    "lint_shared_stay_what": (
        "one stay serves wins and losses in {stages}",
        "{stages}的赢与输共用同一停留时间",
    ),
    "lint_shared_stay_why": (
        "Then age says nothing of the chance: a deal of a year counts as much as one of a week, while in most "
        "records "
        "those that linger are lost.",
        "如此停留多久与赢率无关：停一年的与停一周的同等看待，而多数记录里久拖者多输。",
    ),
    "lint_shared_stay_do": (
        "State `stay_lost` as well, also where it is a guess; losses mostly take longer.",
        "另写 `stay_lost`，哪怕是估计；输单多半拖得更久。",
    ),
    "lint_all_just_entered_what": ("all {n} deals are of age 0", "{n} 单的已停留天数全为 0"),
    "lint_all_just_entered_why": (
        "Deals that entered today are won late and none of them is stalled; a book of real deals has both.",
        "今日才进入的单赢得晚，也无一停滞；真实的单子则两者都有。",
    ),
    "lint_all_just_entered_do": (
        "State `age` or `entered` of each deal, or map the column that holds it.",
        "写明每单的 `age` 或 `entered`，或指明所在列。",
    ),
    "lint_overdue_what": (
        "{n} deals, {share} of the book, expected to close before the day of the forecast, {deal} first",
        "{n} 单（占 {share}）的预计成交日已过基准日，首个为 {deal}",
    ),
    "lint_overdue_why": (
        "A date that has passed was not believed when it was written, or nobody has looked since.",
        "日期已过，说明当初就不可信，或此后无人再看。",
    ),
    "lint_overdue_do": (
        "Ask their owners for a new date or close them; the forecast goes by age and stay, not by that date.",
        "请负责人重报日期或关闭；预测依据停留时间，不依据该日期。",
    ),
    "lint_few_trials_what": (
        "{trials} trials: chances are known to {points} points",
        "仅 {trials} 次模拟：概率误差约 {points} 个百分点",
    ),
    "lint_few_trials_why": (
        "The ends of the interval rest on a tenth of the trials and jump from seed to seed.",
        "区间两端只靠十分之一的模拟，换个种子就跳动。",
    ),
    "lint_few_trials_do": (
        "Take 100,000 trials, or `--engine exact` where it applies.",
        "取 100,000 次，或在适用时用 `--engine exact`。",
    ),
    "lint_shared_seed_what": (
        "the seed {seed} is that of {other} as well",
        "种子 {seed} 与 {other} 相同",
    ),
    "lint_shared_seed_why": (
        "The market and deals of the same id then have the same luck in both, trial by trial: added up, the two "
        "swing together.",
        "市场与同名商机在两者中逐次运气相同：相加时两者同涨同跌。",
    ),
    "lint_shared_seed_do": (
        "Give cases that are added up different seeds; keep one seed for variants of one case that are compared.",
        "要相加的案例用不同种子；同一案例的对比方案才共用种子。",
    ),
}
