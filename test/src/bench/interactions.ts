/** Parts of what tasks say of themselves: together they make some hundred thousand plausible texts. */
const WORK = [
  'build the web bundle',
  'run the nightly backup',
  'send the invoice mails',
  'resize product images',
  'import the customer list',
  'train the ranking model',
  'compact the log archive',
  'render the sales report',
  'sync the price catalogue',
  'deploy the payment service',
  'scan uploads for viruses',
  'rebuild the search index',
];
const ENDS = [
  'failed with exit code 137: killed, out of memory',
  'failed: ECONNREFUSED while connecting to the database',
  'failed: no space left on device while writing the artifact',
  'completed after a retry, the first attempt lost its worker',
  'was preempted by critical work and resumed from its checkpoint',
  'failed: permission denied when opening the output file',
  'timed out, the remote service answered too slowly',
  'failed: the certificate of the mail server has expired',
  'completed, and wrote its result to the object store',
  'failed: module not found, the lockfile is out of date',
  'was cancelled by its owner before it had begun',
  'failed: unexpected token in the configuration file',
];
const PLACES = ['eu-west', 'us-east', 'staging', 'the edge', 'the lab', 'production'];

const pick = (list: readonly string[], n: number): string => list[n % list.length] ?? '';

/** The text of interaction `n`: another one for every number. */
export const interactionText = (n: number): string =>
  `${pick(WORK, n)} in ${pick(PLACES, Math.floor(n / 144))} ${pick(ENDS, Math.floor(n / 12))}` +
  ` (src/module-${(n * 7) % 911}/job-${n}.ts, ERR_${((n * 31) % 9973).toString(36).toUpperCase()})`;

const QUESTIONS = [
  'why did we run out of memory',
  'database could not be reached',
  'disk was full when the output was saved',
  'jobs that had to give way to urgent ones',
  'certificate problems with mail',
  'which uploads were denied access',
  'slow third party answers',
  'missing dependency after an upgrade',
  'broken config syntax',
  'what was stopped by hand',
];

/** A query, which differs for each number. */
export const questionText = (n: number): string =>
  `${pick(QUESTIONS, n)} ${pick(WORK, Math.floor(n / QUESTIONS.length))} ${n}`;
