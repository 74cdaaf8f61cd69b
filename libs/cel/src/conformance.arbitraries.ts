/** Why a case of the conformance data of CEL has another outcome here. `of` is matched against "file/section/name: expression". */
export interface Exclusion {
  readonly of: RegExp;
  readonly why: string;
}

/** Refused, at the submission or when it is evaluated: never a silent answer. */
export const REFUSED: readonly Exclusion[] = [
  {
    of: /^(proto2|proto3|proto2_ext|enums|wrappers|dynamic)\//,
    why: 'messages of Protocol Buffers; input is JSON',
  },
  {
    of: /TestAllTypes|google\.protobuf|cel\.\s*expr|single_int64/,
    why: 'messages of Protocol Buffers; input is JSON',
  },
  {
    of: /^(math_ext|encoders_ext|block_ext|macros2|optionals|network_ext)\//,
    why: 'an extension that is not there',
  },
  {
    of: /^string_ext\/(format|quote|replace|char_at|.*reverse)/,
    why: 'of the extension for texts only some are there',
  },
  { of: /^type_deductions\//, why: 'type parameters, optional values and messages' },
  { of: /\b\d+u\b|uint|0x\w+u/i, why: 'unsigned numbers; JSON has none' },
  { of: /bytes|\bb["']|\bbr?["']/i, why: 'bytes; JSON has none' },
  { of: /timestamp|duration/, why: 'a condition has no clock, and JSON no times' },
  { of: /^fields\/quoted_map_fields/, why: 'names in back quotes; `result["a-b"]` is there' },
  { of: /^(fields\/qualified|namespace)/, why: 'names with dots: the names of a condition are fixed' },
  {
    of: /unbound_is_runtime_error|parse\/receiver_function_names/,
    why: 'an unknown name is refused at the submission',
  },
  {
    of: /short_circuit_type|conditional\/mixed_type/,
    why: 'types that do not fit are refused at the submission',
  },
  {
    of: /eq_mixed_types|eq_list_elem_mixed_types|not_eq_list_length/,
    why: 'literals of two types compared; what comes from the result may be of any type',
  },
  { of: /\/list_empty: \[\]\./, why: 'a walk through the literal []' },
  { of: /fields\/map_has\/has_empty/, why: 'has() of a literal' },
  { of: /exists_one\/map_one/, why: 'exists_one through a map' },
  { of: /gt_literal\/not_gt_double/, why: 'a number that begins with its point' },
  { of: /parse\/nest|parse\/repeat/, why: 'deeper or longer than a condition may be' },
];

/** Another value than the specification says. */
export const DIFFERENT: readonly Exclusion[] = [
  { of: /\b\d+u\b|uint/, why: 'unsigned numbers; JSON has none' },
  { of: /bytes|\bb'/, why: 'bytes; JSON has none' },
  { of: /^timestamps\//, why: 'range and nanoseconds of times; a condition has no clock, and JSON no times' },
  {
    of: /_big_double_int:|_int_big_lossy_double:/,
    why: 'a double beside 2^63: JSON has no integers of that size',
  },
  {
    of: /double_int_m\w+_range: int|double_range: int/,
    why: 'int() of a double beyond 2^63 is exact and not an error',
  },
  { of: /int64_min_negate/, why: 'a whole number beyond 2^63 is exact and not an error' },
  { of: /map_key_(float|null)|map_value_repeat_key/, why: 'keys of a map literal that CEL forbids' },
  { of: /namespace\/self_eval_container/, why: 'containers: the names of a condition are fixed' },
  { of: /^string_ext\/(ascii_casing|trim)/, why: 'letters and spaces beyond ASCII' },
];
