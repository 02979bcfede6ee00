"""A job keeps the script it was submitted with, and whoever is offered a node says whether they accept it."""

from dbtools.revision import frozen

revision = "0031"
down_revision = "0030"

upgrade, downgrade = frozen(__file__)
