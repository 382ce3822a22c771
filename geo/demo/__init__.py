"""Illustrative data: a made-up directory of sites and unions over the real divisions of Hefei.

Seeded and pure: the same arguments give the same frames, with the columns that a load takes.
Names and codes are nobody's; zones, streets and lakes are sketches, in the data files here.
"""

from geo.demo.places import demo_divisions
from geo.demo.sites import demo_sites
from geo.demo.unions import demo_unions

__all__ = ["demo_divisions", "demo_sites", "demo_unions"]
