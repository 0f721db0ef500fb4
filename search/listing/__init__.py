"""List pages: what the address asks, what is found, and everything a page shows around it."""

from search.listing.address import Shelf
from search.listing.page import Card, Facet, Link, Listing, Option, listing

__all__ = ["Card", "Facet", "Link", "Listing", "Option", "Shelf", "listing"]
