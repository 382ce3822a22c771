// What the page brings along: words, divisions and, in a file, the sites themselves.
export const data = JSON.parse(document.getElementById("antu-data").textContent);
