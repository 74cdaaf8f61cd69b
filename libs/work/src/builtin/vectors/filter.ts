import type { PointFilter } from '@precedent/ports';

type Conditions = NonNullable<PointFilter['fields']>;

/** What a payload may say of a filter; the namespace is the task's. */
export interface FilterCall {
  readonly fields?: Conditions | undefined;
  readonly not?: Conditions | undefined;
  readonly ranges?:
    | Readonly<Record<string, { readonly from?: number | undefined; readonly to?: number | undefined }>>
    | undefined;
}

/** The filter of a payload, under the namespace of its task. */
export const filterOf = (namespace: string, { fields, not, ranges }: FilterCall): PointFilter => ({
  namespace,
  ...(fields && { fields }),
  ...(not && { not }),
  ...(ranges && { ranges: rangesOf(ranges) }),
});

const rangesOf = (ranges: NonNullable<FilterCall['ranges']>): NonNullable<PointFilter['ranges']> =>
  Object.fromEntries(
    Object.entries(ranges).map(([name, { from, to }]) => [
      name,
      { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
    ]),
  );
