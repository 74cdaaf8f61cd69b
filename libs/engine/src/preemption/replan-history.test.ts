import { expect, test } from 'vitest';
import { ReplanHistory } from './replan-history.ts';

test('a victim that was kept is named to the next rounds of its preemptor, with the number of replans', () => {
  const history = new ReplanHistory();
  history.spared('P', 'V1');
  expect(history.of('P')).toEqual({ spared: ['V1'], replans: 1 });
  history.spared('P', 'V2');
  expect(history.of('P')).toEqual({ spared: ['V1', 'V2'], replans: 2 });
});

test('the replans of a task are forgotten with it', () => {
  const history = new ReplanHistory();
  history.spared('P', 'V1');
  history.forget('P');
  expect(history.of('P')).toBeUndefined();
});
