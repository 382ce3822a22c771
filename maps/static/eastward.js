// A map across the antimeridian: what lies west of the view's far side is drawn east of its near
// side, so that the view is whole. Elsewhere it is Web Mercator as it is.
import { data } from "antu/data.js";

const L = window.L;
const Mercator = L.Projection.SphericalMercator;

export const Eastward = {
  ...L.CRS.EPSG3857,
  projection: {
    ...Mercator,
    project({ lng, lat }) {
      const [[, west], [, east]] = data.bounds;
      const behind = east > 180 && lng < (west + east) / 2 - 180;
      return Mercator.project(L.latLng(lat, behind ? lng + 360 : lng));
    },
    unproject(point) {
      return Mercator.unproject(point);
    },
  },
};
