// What the page brings along: words, divisions and, in a file, the sites themselves.
export const data = JSON.parse(document.getElementById("antu-data").textContent);

// The address of a path of the server, which may be below a path of its host.
export const rooted = (path) => `${data.root}${path}`;

// The view and the title of a map of a layer; what is none is heat, as on the map.
export function layerOf(key) {
  return data.layers[key] ?? data.layers[data.firstHeat];
}

// Whether the map is drawn in the frame of a Chinese provider of tiles; coordinates stay WGS 84.
export const inGcj02 = data.basemap?.crs === "gcj02";
