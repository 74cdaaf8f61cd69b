/** Levels of lists and objects, at most: recursive code could not read deeper JSON. */
export const JSON_DEPTH_MAX = 100;
