"""The stand-in for the live database that this project's schema was born in."""
