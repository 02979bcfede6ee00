"""The three levels of `dbtools verify`: there (is it in the database), sound (could it work), live (does it work)."""
