import { BENCHES } from './benches.ts';
import { FLOORS, floorText } from './floors.ts';

/** What each benchmark measures, and what its figures have to be: the cells of a table, a row for each floor. */
export const floorRows = (): string[][] =>
  Object.entries(BENCHES).flatMap(([name, { about }]) => {
    const floors = (FLOORS[name] ?? []).map((floor) => [`\`${floor.name}\``, floorText(floor)]);
    const [first = ['', 'reported'], ...rest] = floors;
    return [[`\`${name}\``, about, ...first], ...rest.map((cells) => ['', '', ...cells])];
  });
