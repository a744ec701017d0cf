"""What a CRM recorded, read, checked, and seen as of any past day."""
