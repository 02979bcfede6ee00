"""The documents of this repository as a site: `make site` builds it, with pages that are written from the code."""
