"""A repository that uses dbtools: its settings, and its folder `sql/`."""

from dbtools.project.settings import URL_VARIABLE, Limits, Project, database_url

__all__ = ["URL_VARIABLE", "Limits", "Project", "database_url"]
