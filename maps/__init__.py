"""Frames in, HTML or image out: the page's map, heat tiles, figures, one legend for all."""
