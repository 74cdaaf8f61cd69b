/** The meanings of codes and idioms of systems, in the words of a person who searches for them. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/\bENOSPC\b|no space left on device|disk quota exceeded|\bEDQUOT\b/i, 'disk full'],
  [
    /heap out of memory|OutOfMemory|\bOOM(?:Killed)?\b|out of memory|cannot allocate memory|\bENOMEM\b|MemoryError|exit code 137|killed by SIGKILL|heap limit/i,
    'ran out of memory',
  ],
  [/\bECONNREFUSED\b|connection refused/i, 'nothing listens there, service down'],
  [
    /\bECONNRESET\b|\bEPIPE\b|connection reset|broken pipe|socket hang up|unexpected EOF/i,
    'connection dropped',
  ],
  [
    /\bENOTFOUND\b|\bEAI_AGAIN\b|\bNXDOMAIN\b|getaddrinfo|name or service not known|no such host|could not resolve host/i,
    'host name does not resolve, DNS',
  ],
  [
    /\bETIMEDOUT\b|\bESOCKETTIMEDOUT\b|timed out|TimeoutError|Timeout \d*\s?m?s? ?exceeded|deadline exceeded|\bATTEMPT_TIMEOUT\b|progress deadline/i,
    'took too long, too slow',
  ],
  [/\bHEARTBEAT_TIMEOUT\b|no sign of life/i, 'hangs, stuck'],
  [
    /\bEHOSTUNREACH\b|\bENETUNREACH\b|\bUNREACHABLE\b|no route to host/i,
    'machine cannot be reached, network',
  ],
  [
    /\bEACCES\b|\bEPERM\b|permission denied|access denied|AccessDenied|not authorized|\b403\b|\bForbidden\b/i,
    'no permission',
  ],
  [
    /\b401\b|unauthorized|authentication failed|invalid credentials|requested access to the resource is denied|login failed/i,
    'not logged in, wrong credentials',
  ],
  [/\bENOENT\b|no such file or directory|FileNotFound|cannot find (?:the )?file/i, 'file is missing'],
  [
    /\bCOMMAND_NOT_FOUND\b|: not found$|command not found|exit code 127|executable file not found/i,
    'program is not installed',
  ],
  [/cannot open shared object file|library not loaded|\bDLL\b.{0,200}not found/i, 'shared library missing'],
  [
    /cannot find module|ModuleNotFoundError|No module named|\bERR_MODULE_NOT_FOUND\b|ClassNotFound|NoClassDefFound|unresolved (?:import|reference)/i,
    'code or package missing',
  ],
  [/\bEADDRINUSE\b|address already in use|port is already allocated/i, 'port taken'],
  [/\bEMFILE\b|too many open files/i, 'too many open files'],
  [
    /\b429\b|too many requests|SlowDown|rate limit|throttl|reduce your request rate|quota exceeded/i,
    'rate limited, throttled',
  ],
  [/\b502\b|\b503\b|\b504\b|bad gateway|service unavailable|gateway time-?out/i, 'server unavailable'],
  [/\b404\b/i, 'not found'],
  [
    /\b422\b|unprocessable|ValidationError|does not match (?:the )?schema|must match/i,
    'input rejected as invalid',
  ],
  [/certificate has expired|\bCERT_HAS_EXPIRED\b/i, 'expired TLS SSL certificate'],
  [
    /\bUNABLE_TO_VERIFY_LEAF|self[- ]signed certificate|certificate verify failed|\bDEPTH_ZERO_SELF|x509/i,
    'TLS SSL certificate not trusted',
  ],
  [/host key verification|knownhosts|known_hosts|key mismatch/i, 'ssh host key is another one'],
  [
    /\bE11000\b|\b23505\b|duplicate key|UniqueViolation|unique constraint|Duplicate entry|\b1062\b/i,
    'already exists, not unique, twice',
  ],
  [/foreign key constraint|\b23503\b|ForeignKeyViolation/i, 'refers to a row that is not there'],
  [/deadlock/i, 'transactions block each other'],
  [/lock timeout|Lock wait timeout|could not obtain lock|\b55P03\b/i, 'waited too long for a database lock'],
  [
    /state lock|already locked|unable to create lock|lock file|could not get lock|another operation .{0,200} in progress/i,
    'locked by somebody else, in progress',
  ],
  [
    /UndefinedTable|relation .{0,200} does not exist|no such table|\bORA-00942\b|\b42P01\b|Unknown table/i,
    'table is not there',
  ],
  [
    /UndefinedColumn|column .{0,200} does not exist|no such column|Unknown column|\b42703\b/i,
    'column is not there',
  ],
  [/\bORA-01555\b|snapshot too old/i, 'undo retention too small for a long query'],
  [/\bCrashLoopBackOff\b|back-off restarting/i, 'container keeps restarting'],
  [
    /\bImagePullBackOff\b|\bErrImagePull\b|manifest unknown|failed to pull image/i,
    'container image not found',
  ],
  [/readiness probe failed|liveness probe failed/i, 'does not become healthy'],
  [
    /missing required environment variable|environment variable .{0,200} (?:not set|missing|required)/i,
    'configuration missing',
  ],
  [/\berror TS\d+|\bTS\d{4}\b/, 'TypeScript type checker error'],
  [/\berror\[E05(?:0[0-9]|9[0-9])\]|cannot borrow|borrowed value|use of moved value/, 'Rust borrow checker'],
  [/DATA RACE|race detected/i, 'concurrent access without a lock'],
  [
    /NullPointerException|Cannot read propert(?:y|ies) of (?:undefined|null)|'NoneType' object|nil pointer dereference/i,
    'null or undefined value',
  ],
  [/\bSIGSEGV\b|segmentation fault|exit code 139/i, 'crashed'],
  [/KeyError/, 'field or column missing'],
  [/UnicodeDecodeError|invalid byte sequence|codec can't decode|malformed UTF/i, 'wrong character encoding'],
  [/JSONDecodeError|Unexpected token|unexpected end of JSON|not valid JSON/i, 'broken JSON'],
  [/\bNaN\b|infinity or a value too large/i, 'missing values in the numbers'],
  [/CUDA out of memory|cuda\.OutOfMemory/i, 'GPU memory exhausted'],
  [
    /maximum (?:sequence|context) length|context_length_exceeded/i,
    'input longer than the context of the model',
  ],
  [/\bERESOLVE\b|peer dep|could not resolve dependency|version conflict/i, 'dependency conflict'],
  [/signing certificate|code ?sign|provisioning profile/i, 'code signing identity missing'],
  [/checksum mismatch|hash mismatch|integrity check|corrupt/i, 'data is corrupt'],
  [/relaying denied|\b550\b.{0,200}5\.7/i, 'mail relay refused'],
  [/Cannot connect to the Docker daemon/i, 'docker does not run'],
  [/CommitFailedException|not part of an active group|rebalanc/i, 'consumer was removed from its group'],
  [/es_rejected_execution|queue is full/i, 'overloaded'],
  [/\bWORKER_LOST\b|was silent for|lost its worker/i, 'machine vanished, worker died'],
  [/exceeded resource limits|bytesBilled|budget/i, 'quota exceeded'],
  [
    /InvalidFileException|unsupported (?:file )?format|does not support the old/i,
    'file format cannot be read',
  ],
  [/stream is empty|empty file|EmptyDataError|zero[- ]byte/i, 'file is empty'],
  [/merge conflict|non-fast-forward|CONFLICT \(/i, 'git conflict'],
  [/assert|\bexpected .{0,200} (?:to (?:be|equal)|but got|received)/i, 'test expectation not met'],
  [/snapshots? failed|toMatchSnapshot/i, 'rendered output changed'],
];

const MEANINGS_MAX = 3;

/** A text with what its codes and idioms mean, for a model that knows English and not every errno. */
export const explained = (text: string): string => {
  const meant = MEANINGS.filter(
    ([pattern, words]) => pattern.test(text) && !text.toLowerCase().includes(words.toLowerCase()),
  );
  if (meant.length === 0) return text;
  return `${text} (${meant
    .slice(0, MEANINGS_MAX)
    .map(([, words]) => words)
    .join('; ')})`;
};
