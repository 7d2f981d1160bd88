/** The closed table of error codes, by room. Add a code here, then use it; a test walks the table. */

export const ERROR_TABLE = {
  // base
  ERR_BASE_INVARIANT: {
    message: 'An invariant of the engine does not hold: {invariant}',
    hint: 'This is a bug in Millrace; please report it with the stack.',
    retryable: false,
  },
  ERR_BASE_UNEXPECTED: {
    message: 'Unexpected failure: {reason}',
    hint: 'See the cause.',
    retryable: true,
  },
  ERR_BASE_UNIT: {
    message: 'Expected {unit} such as {examples}, got {got}',
    hint: 'Write a number with its unit.',
    retryable: false,
  },
  // exchange
  ERR_EXCHANGE_RING_RANGE: {
    message: 'A ring holds {minBytes} to {maxBytes} bytes, got {gotBytes}',
    hint: 'Set ringBytes within that range.',
    retryable: false,
  },
  ERR_EXCHANGE_RING_POWER: {
    message: 'The size of a ring must be a power of two, got {gotBytes} bytes',
    hint: 'Set ringBytes to {nextBytes} or another power of two.',
    retryable: false,
  },
  ERR_EXCHANGE_ROW_TOO_LARGE: {
    message:
      'A row of {rowBytes} bytes never fits its ring: the ring has {ringBytes} bytes and takes rows up to {maxBytes}',
    hint: 'Raise the setting ringBytes to at least {needBytes}, or make the row smaller.',
    retryable: false,
  },
  ERR_EXCHANGE_OVERDRAFT: {
    message:
      'One step emitted more than its channel may hold back: {bytes} bytes waiting, the bound is {boundBytes}',
    hint: 'Raise the setting overdraftBytes, or emit fewer rows for one input row, timer or watermark.',
    retryable: false,
  },
  ERR_EXCHANGE_ROUTE: {
    message:
      'A custom partitioner must return an integer from 0 to {last} (the consumer has {channels} subtasks), got {got}',
    hint: 'Return the index of a subtask, for example Math.abs(hash) % parallelism.',
    retryable: false,
  },
  ERR_EXCHANGE_FORWARD: {
    message:
      'A forward edge joins subtasks one to one, but {producers} producers meet {consumers} consumers',
    hint: 'Give both operators the same parallelism, or use rebalance() or rescale().',
    retryable: false,
  },
  // state
  ERR_STATE_QUOTA: {
    message: 'State of operator {operator} needs {needed}, its quota is {quota}',
    hint: 'Raise {setting} of the operator in the config, raise its parallelism, or keep less per key.',
    retryable: false,
  },
  ERR_STATE_KEY: {
    message:
      'Operator {operator} expected a key of strings, booleans, numbers, bigints, bytes or tuples of them, got {got}',
    hint: 'Let the key function return such a value for every row.',
    retryable: false,
  },
  // operators
  ERR_OPERATORS_FIELD: {
    message: 'Operator {operator} expected {expected} in field {field}, got {got}',
    hint: 'Choose a field of that kind, or compute one in a map before.',
    retryable: false,
  },
  ERR_OPERATORS_OVERFLOW: {
    message: 'Sum of field {field} does not fit {type}: {accumulated} + {added}',
    hint: 'Declare the field with a wider type such as i64 or f64.',
    retryable: false,
  },
  ERR_OPERATORS_RESULT: {
    message: 'Function of operator {operator} expected to return {expected}, got {got}',
    hint: 'Check every path through the function.',
    retryable: false,
  },
  ERR_OPERATORS_KEY_CHANGED: {
    message:
      'Reduce {operator} returned a row with another key: field(s) {fields}, before {before}, after {after}',
    hint: 'Keep the key fields, or key by a function of the row: keyBy((row) => row.field).',
    retryable: false,
  },
  ERR_OPERATORS_SIDE_OUTPUT: {
    message: 'Operator {operator} has no side output {tag}; it has: {known}',
    hint: 'Declare it with getSideOutput(tag, Type) on the stream, or correct the tag.',
    retryable: false,
  },
  ERR_OPERATORS_NOT_KEYED: {
    message: 'Operator {operator} asked for {what}, but its input is not keyed',
    hint: 'Put keyBy(...) before it.',
    retryable: false,
  },
  ERR_OPERATORS_TIMESTAMP: {
    message:
      'Timestamps of operator {operator} must be integer milliseconds since the epoch, got {got}',
    hint: 'Return Date.getTime() or an integer field.',
    retryable: false,
  },
  // placement: configuration
  ERR_CONFIG_FILE: {
    message: 'Expected a readable configuration file, got {path}: {reason}',
    hint: 'Give a .yaml, .json or .ts file that exists, or no file at all for the defaults.',
    retryable: false,
  },
  ERR_CONFIG_SYNTAX: {
    message: 'Expected {format}, got: {reason}',
    hint: 'Correct the file at the place shown.',
    retryable: false,
  },
  ERR_CONFIG_KEY: {
    message: 'Expected one of {known} in {section}, got the unknown key {key}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_CONFIG_DUPLICATE: {
    message: 'Expected every key once, got it again: {reason}',
    hint: 'Remove one of the two.',
    retryable: false,
  },
  ERR_CONFIG_VALUE: {
    message: 'Expected {key} to be {expected}, got {got}',
    hint: 'Correct the value; schemas/millrace.schema.json lists what each key takes.',
    retryable: false,
  },
  ERR_CONFIG_PROFILE: {
    message: 'Expected a profile of {file} ({known}), got {profile}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_CONFIG_OPERATOR: {
    message: 'Expected the name of an operator of job {job} ({known}), got {operator}',
    hint: '{suggestion}',
    retryable: false,
  },
  // placement
  ERR_PLACEMENT_SHORT: {
    message: 'The job does not fit: {term} needs {needed}, {available} available',
    hint: '{advice}',
    retryable: false,
  },
  ERR_PLACEMENT_PIN: {
    message:
      'Expected one worker for the operators of chain {chain}, got worker {first} for {firstOperator} and {second} for {secondOperator}',
    hint: 'Give the operators the same `worker`, or break the chain between them.',
    retryable: false,
  },
  ERR_PLACEMENT_CPUS: {
    message: 'Expected pool.cpus among the usable CPUs {usable}, got {got}',
    hint: 'Remove the CPUs this process may not use, or set pool.cpus: all.',
    retryable: false,
  },
  ERR_PLACEMENT_HEAP_FLAG: {
    message: 'Expected no {flag} beside the heap limit {setting}, got it from {where}',
    hint: 'That flag overrides the heap limit of every worker; remove it, or remove the setting.',
    retryable: false,
  },
  // metrics
  ERR_METRICS_COUNTER_NAME: {
    message: 'Expected a counter name of letters, digits and _, at most {max} long, got {got}',
    hint: 'Put what varies (a key, a URL) into the rows, not into the name of a counter.',
    retryable: false,
  },
  ERR_METRICS_COUNTERS_FULL: {
    message: 'Expected at most {max} custom counters in one subtask, got one more: {name}',
    hint: 'Count fewer things, or forbid chaining between the operators that count.',
    retryable: false,
  },
  // connectors
  ERR_CONNECTORS_CALLBACK: {
    message: 'The function of a callback sink failed: {reason}',
    hint: 'See the cause; catch in the function what should not stop the job.',
    retryable: true,
  },
  ERR_CONNECTORS_FILE: {
    message: 'Cannot read {path}: {reason}',
    hint: 'Check that the file exists and may be read; relative paths start at the working directory.',
    retryable: true,
  },
  ERR_CONNECTORS_ITERABLE: {
    message: 'The iterable of a source failed after {items} items: {reason}',
    hint: 'See the cause.',
    retryable: true,
  },
  ERR_CONNECTORS_OPTION: {
    message: 'Option {option} of {connector}: expected {expected}, got {got}',
    hint: 'Correct the option in the job.',
    retryable: false,
  },
  ERR_CONNECTORS_PARQUET: {
    message: 'Parquet file {path}: {reason}',
    hint: '{advice}',
    retryable: false,
  },
  ERR_CONNECTORS_ROW: {
    message: 'A row cannot be read: {reason}',
    hint: "Correct the file, declare the field nullable, or set onBadRow to 'skip' or 'sideOutput'.",
    retryable: false,
  },
  ERR_CONNECTORS_SCHEMA: {
    message: 'The columns of {path} do not fit {type}: {reason}',
    hint: 'Correct the record type, or name the columns with the option columns.',
    retryable: false,
  },
  ERR_CONNECTORS_SINK: {
    message: 'Cannot write {path}: {reason}',
    hint: 'Check that the folder exists, may be written and has room.',
    retryable: true,
  },
} as const;
