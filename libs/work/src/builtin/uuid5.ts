import { namedUuid } from '@precedent/ports';

/** Every name of ours lives in this space of UUIDs. Changing it would double every point. */
const SPACE = '7d3d0a8e5f0c4c55a1f59a5c2b7e6f10';

/** The UUID of a list of names: the same for the same names. */
export const pointUuid = (...names: readonly string[]): string => namedUuid(SPACE, names);
