/** Levels of lists and objects. Deeper JSON is no text for people and no result that others can read: walking through it takes a stack. */
export const JSON_DEPTH_MAX = 100;
