// Distance and direction on the WGS 84 ellipsoid (Vincenty 1975, Survey Review 23:176, inverse),
// and from a place to a site that is an area or a line.
const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const RADIUS = 6371008.8;
// On the sphere a distance is off by at most this much.
export const SPHERE_ERROR = 0.006;

const rad = (degrees) => (degrees * Math.PI) / 180;
const deg = (radians) => (radians * 180) / Math.PI;

export function sphericalDistance(lon1, lat1, lon2, lat2) {
  const a = Math.sin(rad(lat2 - lat1) / 2) ** 2
    + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(a)));
}

// { metres, bearing } from the first place to the second, bearing in degrees from north.
export function geodesic(lon1, lat1, lon2, lat2) {
  const l = rad(((lon2 - lon1 + 540) % 360) - 180);
  const u1 = Math.atan((1 - F) * Math.tan(rad(lat1)));
  const u2 = Math.atan((1 - F) * Math.tan(rad(lat2)));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = l;
  for (let step = 0; step < 100; step += 1) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return { metres: 0, bearing: 0 };
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cos2Mid = cos2Alpha === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2Alpha;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = l + (1 - c) * F * sinAlpha
      * (sigma + c * sinSigma * (cos2Mid + c * cosSigma * (2 * cos2Mid ** 2 - 1)));
    if (Math.abs(lambda - before) > 1e-12) continue;
    const uu = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
    const big = 1 + (uu / 16384) * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
    const small = (uu / 1024) * (256 + uu * (-128 + uu * (74 - 47 * uu)));
    const delta = small * sinSigma * (cos2Mid + (small / 4) * (cosSigma * (2 * cos2Mid ** 2 - 1)
      - (small / 6) * cos2Mid * (4 * sinSigma ** 2 - 3) * (4 * cos2Mid ** 2 - 3)));
    return {
      metres: B * big * (sigma - delta),
      bearing: (deg(Math.atan2(c2 * sl, c1 * s2 - s1 * c2 * cl)) + 360) % 360,
    };
  }
  // Nearly antipodal, where the iteration does not settle.
  return { metres: sphericalDistance(lon1, lat1, lon2, lat2), bearing: 0 };
}

// Metres from a place to an outline (rings or lines of [lon, lat]); 0 inside an area.
export function outlineDistance(lon, lat, parts, isArea) {
  if (isArea && inside(lon, lat, parts)) return 0;
  const s = Math.sin(rad(lat));
  const parallel = (A / Math.sqrt(1 - E2 * s * s)) * Math.cos(rad(lat));
  const meridian = (A * (1 - E2)) / (1 - E2 * s * s) ** 1.5;
  let best = Infinity;
  let at = null;
  for (const part of parts) {
    for (let i = 1; i < part.length; i += 1) {
      const [x1, y1, x2, y2] = [part[i - 1][0] - lon, part[i - 1][1] - lat,
        part[i][0] - lon, part[i][1] - lat];
      const [dx, dy] = [(x2 - x1) * parallel, (y2 - y1) * meridian];
      const length2 = dx * dx + dy * dy;
      const t = length2 === 0 ? 0 : Math.max(0, Math.min(1,
        -(x1 * parallel * dx + y1 * meridian * dy) / length2));
      const near = [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
      const d = Math.hypot(near[0] * parallel, near[1] * meridian);
      if (d < best) [best, at] = [d, near];
    }
  }
  return at ? geodesic(lon, lat, lon + at[0], lat + at[1]).metres : Infinity;
}

export function inside(lon, lat, rings) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i += 1) {
      const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]];
      if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) odd = !odd;
    }
  }
  return odd;
}
