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
  // record
  ERR_RECORD_CORRUPT: {
    message:
      'The bytes of a {record} are damaged at {field}, byte {offset}: expected {expected}, got {got}',
    hint: 'Check that the bytes are a whole row and were written for this record type.',
    retryable: false,
  },
  ERR_RECORD_EVOLUTION: {
    message: 'Rows of an earlier {record} cannot be read as the type it has now: {problems}',
    hint: 'Keep the position and type of {field}: append new fields at the end, deprecate old ones.',
    retryable: false,
  },
  ERR_RECORD_FBS: {
    message: 'FlatBuffers schema{where}: expected {expected}, got {got}',
    hint: 'Change the schema there; schemas/README.md lists what a record type can hold.',
    retryable: false,
  },
  ERR_RECORD_TYPE: {
    message: 'Record type: {what} expected {expected}, got {got}',
    hint: 'Correct the declaration of the record type.',
    retryable: false,
  },
  ERR_RECORD_VALUE: {
    message: 'Record {record}, field {field}: expected {expected}, got {got}',
    hint: 'Give the field such a value, or declare it with a type that fits. A view is not spread ({ ...row } has none of its fields): spread row.copy().',
    retryable: false,
  },
  ERR_RECORD_FIELD: {
    message: 'Record {record}: expected {expected}, got {got}',
    hint: 'Name a field of the record: {fields}.',
    retryable: false,
  },
  ERR_RECORD_KEY: {
    message: 'Key {field}: expected {expected}, got {got}',
    hint: 'Let every row have the key; filter out rows that do not, or use a default.',
    retryable: false,
  },
  ERR_RECORD_UNCLONEABLE: {
    message: 'A row without a record type must be structured-cloneable, but {path} is {got}',
    hint: 'Send plain data, or declare a record type and pass it to the operator: .map(fn, Type).',
    retryable: false,
  },
  // exchange
  ERR_EXCHANGE_RING_RANGE: {
    message: 'A ring holds {minBytes} to {maxBytes} bytes, got {gotBytes}',
    hint: 'Set exchange.ring within that range.',
    retryable: false,
  },
  ERR_EXCHANGE_RING_POWER: {
    message: 'The size of a ring must be a power of two, got {gotBytes} bytes',
    hint: 'Set exchange.ring to {nextBytes} or another power of two.',
    retryable: false,
  },
  ERR_EXCHANGE_ROW_TOO_LARGE: {
    message:
      'A row of {rowBytes} bytes never fits its ring: the ring has {ringBytes} bytes and takes rows up to {maxBytes}',
    hint: 'Raise the setting exchange.ring to at least {needBytes}, or make the row smaller.',
    retryable: false,
  },
  ERR_EXCHANGE_OVERDRAFT: {
    message:
      'One step emitted more than its channel may hold back: {bytes} bytes waiting, the bound is {boundBytes}',
    hint: 'Raise the setting exchange.overdraft, or emit fewer rows for one input row, timer or watermark.',
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
    hint: 'Raise {setting} of the operator in the config, raise its parallelism, or keep less per key. It holds {held}.',
    retryable: false,
  },
  ERR_STATE_KEY: {
    message:
      'Operator {operator} expected a key of strings, booleans, numbers, bigints, bytes or tuples of them, got {got}',
    hint: 'Let the key function return such a value for every row.',
    retryable: false,
  },
  ERR_STATE_SNAPSHOT: {
    message: 'A snapshot cannot be read: expected {expected}, got {got}',
    hint: 'The snapshot is damaged or of another version; restore from another one.',
    retryable: false,
  },
  ERR_STATE_KEY_TYPE: {
    message: 'Operator {operator} expected a key of {expected}, got {got}',
    hint: 'Let all rows, and the snapshot that is restored, have keys of the same kinds.',
    retryable: false,
  },
  ERR_STATE_NAME: {
    message: 'Operator {operator} expected a state name that is not in use, got {name} twice',
    hint: 'Give each state of the operator a name of its own.',
    retryable: false,
  },
  ERR_STATE_UNKNOWN_PART: {
    message:
      'Operator {operator} is restored from a snapshot with state {name} ({kind}), expected {expected}',
    hint: 'Declare the state again, or allow state to be dropped on restore.',
    retryable: false,
  },
  ERR_STATE_PART_KIND: {
    message: 'State {name} of operator {operator} expected {expected}, got {got} in the snapshot',
    hint: 'Give a state of another kind or type another name, or change its record type by the rules of evolution.',
    retryable: false,
  },
  // checkpoint
  ERR_CHECKPOINT_SETTING: {
    message: 'Checkpoint setting {setting} expected {expected}, got {got}',
    hint: 'Correct the setting.',
    retryable: false,
  },
  ERR_CHECKPOINT_IO: {
    message: 'Cannot {action} {file}: {reason}',
    hint: 'Check that the folder of checkpoints exists, has room and may be written to.',
    retryable: true,
  },
  ERR_CHECKPOINT_MANIFEST: {
    message: 'The manifest {file} is damaged at {field}: expected {expected}, got {got}',
    hint: 'This checkpoint cannot be used; start from another checkpoint or savepoint, and check the disk.',
    retryable: false,
  },
  ERR_CHECKPOINT_VERSION: {
    message: 'The manifest {file} expected version {expected}, got {got}',
    hint: 'Start with the release that wrote it, or from a savepoint of this one.',
    retryable: false,
  },
  ERR_CHECKPOINT_DAMAGED: {
    message: 'The state file {file} is damaged at byte {offset}: expected {expected}, got {got}',
    hint: 'Checkpoints that refer to it cannot be used; start from another checkpoint or savepoint, and check the disk.',
    retryable: false,
  },
  ERR_CHECKPOINT_MISSING: {
    message: 'The state file {file} is not in {place}, where a checkpoint refers to it',
    hint: 'Put the file back if it was moved, or start from another checkpoint or savepoint.',
    retryable: false,
  },
  ERR_CHECKPOINT_FAILED: {
    message: 'The {kind} {checkpoint} failed: {reason}',
    hint: 'Take it again; if it does not finish in time, raise timeoutMs, or take unaligned checkpoints behind a slow operator.',
    retryable: true,
  },
  ERR_CHECKPOINT_REFUSED: {
    message: 'No {kind} can be taken now: {reason}',
    hint: 'Ask for it while the job is running.',
    retryable: false,
  },
  ERR_CHECKPOINT_FAILURES: {
    message:
      '{failures} checkpoints failed in a row, {tolerated} are tolerated; the last one: {reason}',
    hint: 'See to the cause, raise timeoutMs if they are slow, or failuresTolerated if they fail now and then.',
    retryable: true,
  },
  ERR_CHECKPOINT_NONE: {
    message: 'Expected an intact checkpoint of job {job} in {place}, got {found}',
    hint: 'Start from another checkpoint or savepoint, or from the beginning.',
    retryable: false,
  },
  ERR_CHECKPOINT_IN_FLIGHT: {
    message:
      'Rows that a checkpoint overtook on the way from {from} to {to} cannot be taken: expected {expected}, got {got}',
    hint: 'Go on with the job as it was, end it with a savepoint, in which no rows are on their way, and go on from that.',
    retryable: false,
  },
  ERR_CHECKPOINT_RESTORE: {
    message: 'Job {job} cannot take the state of {file}: expected {expected}, got {got}',
    hint: 'Give operators the uids they had, keep maxParallelism, or allow state to be dropped.',
    retryable: false,
  },
  // remote
  ERR_REMOTE_FOLDER: {
    message: 'The folder of control sockets, {folder}, cannot be used: {reason}',
    hint: 'Set XDG_RUNTIME_DIR to a folder of your own with a short path, or turn control.socket off.',
    retryable: false,
  },
  ERR_REMOTE_SOCKET: {
    message: 'Cannot {action} {address}: {reason}',
    hint: 'See whether the process still runs: `millrace list`.',
    retryable: true,
  },
  ERR_REMOTE_VERSION: {
    message: 'Expected version {expected} on a control socket, got {got}',
    hint: 'Use the command of the release that the engine is of.',
    retryable: false,
  },
  ERR_REMOTE_MESSAGE: {
    message: 'Expected {expected} on a control socket, got {got}',
    hint: 'Send one request a line, as JSON.',
    retryable: false,
  },
  // savepoint
  ERR_SAVEPOINT_FOLDER: {
    message: 'Expected {expected} in {folder}, got {got}',
    hint: 'Name the folder of a savepoint, or that of the checkpoints of one job (checkpoint.directory and the name of the job).',
    retryable: false,
  },
  ERR_SAVEPOINT_STATE: {
    message: 'Expected {expected}, got {got}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_SAVEPOINT_EXISTS: {
    message: 'Expected a new or empty folder for a savepoint, got {folder} with {found}',
    hint: 'Name another folder: a savepoint never replaces another.',
    retryable: false,
  },
  ERR_SAVEPOINT_IN_FLIGHT: {
    message: 'Expected a savepoint, got checkpoint {checkpoint} in {folder}, with rows in flight',
    hint: 'Take a savepoint: it waits for the rows that an unaligned checkpoint keeps.',
    retryable: false,
  },
  ERR_SAVEPOINT_KIND: {
    message: 'State {name} of {uid} is of kind {kind}, which only its operator can write',
    hint: 'Remove it, or leave its values as they are.',
    retryable: false,
  },
  // operators
  ERR_OPERATORS_ASYNC: {
    message: 'A request of {operator} failed after {attempts} attempt(s): {reason}',
    hint: 'See the cause; catch in the function what should not stop the job, or set retry.',
    retryable: true,
  },
  ERR_OPERATORS_ASYNC_TIMEOUT: {
    message: 'A request of {operator} did not settle within {timeout} ({attempts} attempt(s))',
    hint: 'Set a longer timeout, or onTimeout to give the rows that take the place of the answer.',
    retryable: true,
  },
  ERR_OPERATORS_AGGREGATE: {
    message: 'Aggregate {aggregate} expected {expected}, got {got}',
    hint: "Correct the call, e.g. sum('price'), quantile('delay', 0.99), count({ where: (row) => row.price > 10 }).",
    retryable: false,
  },
  ERR_OPERATORS_RESULT_NAME: {
    message:
      'Aggregate {name} of operator {operator} has the name of another field of its results: {taken}',
    hint: 'Give the aggregate another name.',
    retryable: false,
  },
  ERR_OPERATORS_CHANGELOG: {
    message: 'Operator {operator} takes {expected}, got a row of kind {kind}',
    hint: 'Use an operator that takes changelogs (aggregate, topN, deduplicate keep last, map, filter), or aggregate what is final only.',
    retryable: false,
  },
  ERR_OPERATORS_FIELD: {
    message: 'Operator {operator} expected {expected} in field {field}, got {got}',
    hint: 'Choose a field of that kind, or compute one in a map before.',
    retryable: false,
  },
  ERR_OPERATORS_JOIN_UNIQUE: {
    message:
      'Operator {operator} expected one row of the {side} input for each key, got a second one for {key}',
    hint: 'Leave `unique` out of the options of the join, or keep one row per key before it with deduplicate.',
    retryable: false,
  },
  ERR_OPERATORS_NO_TIMESTAMP: {
    message:
      'Operator {operator} works in event time and expected a timestamp, got a row without one',
    hint: 'Give the source a watermark strategy, or call assignTimestamps(…) before the operator.',
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
  ERR_OPERATORS_BROADCAST_READ_ONLY: {
    message:
      'Operator {operator}: {call} of broadcast state is for processBroadcastElement alone, it was called elsewhere',
    hint: 'Let the broadcast side write what the other side is to read.',
    retryable: false,
  },
  ERR_OPERATORS_BROADCAST_STATE: {
    message: 'Operator {operator} expected broadcast state it was given ({known}), got {got}',
    hint: 'Pass the descriptor to broadcast(...) as well.',
    retryable: false,
  },
  ERR_OPERATORS_NO_KEY: {
    message: 'Operator {operator} asked for {what} where there is no current key',
    hint: 'Use keyed state and timers in processElement and onTimer; in processBroadcastElement through applyToKeyedState.',
    retryable: false,
  },
  ERR_OPERATORS_NO_ON_TIMER: {
    message: 'Operator {operator} registered a timer, but its function has no onTimer',
    hint: 'Write the method onTimer(timestamp, context, out).',
    retryable: false,
  },
  ERR_OPERATORS_SINK_STATE: {
    message:
      'The writer of sink {operator} takes no state back, and the checkpoint holds some of {writers} writers',
    hint: 'What they had written and not committed would be lost: restore with the sink that wrote it, or give this one another uid.',
    retryable: false,
  },
  ERR_OPERATORS_STATE_CONFLICT: {
    message: "Operator {operator} asked for state '{name}' in two ways: {difference}",
    hint: 'Declare the state once, as a constant, and use that descriptor everywhere.',
    retryable: false,
  },
  ERR_OPERATORS_STATE_OPTION: {
    message: 'State {state}: expected {option} to be {expected}, got {got}',
    hint: 'Correct the declaration of the state.',
    retryable: false,
  },
  ERR_OPERATORS_STATE_TWICE: {
    message: "Expected every state of a function to have a name of its own, got two named '{name}'",
    hint: 'Rename one of them; state is kept by name.',
    retryable: false,
  },
  ERR_OPERATORS_TIMER: {
    message: 'Operator {operator} expected the time of a timer as integer milliseconds, got {got}',
    hint: 'Round it: Math.ceil(time).',
    retryable: false,
  },
  ERR_OPERATORS_NOT_KEYED: {
    message: 'Operator {operator} asked for {what}, but its input is not keyed',
    hint: 'Put keyBy(...) before it.',
    retryable: false,
  },
  ERR_OPERATORS_RETRACT: {
    message:
      'Aggregate {aggregate} of {operator} cannot take rows out again, but its input is a changelog',
    hint: 'Use count, sum, mean, variance, stddev, min, max, distinct or collectValues, or aggregate inserts only.',
    retryable: false,
  },
  ERR_OPERATORS_TIMESTAMP: {
    message:
      'Timestamps of operator {operator} must be integer milliseconds since the epoch, got {got}',
    hint: 'Return Date.getTime() or an integer field.',
    retryable: false,
  },
  ERR_OPERATORS_WINDOW_GAP: {
    message:
      'The gap of a session of operator {operator} must be an integer of milliseconds > 0, got {got}',
    hint: 'Correct the gap function; it is called for every row.',
    retryable: false,
  },
  ERR_OPERATORS_WINDOW_STATE: {
    message: 'Function of operator {operator} asked for state of its window, but sessions merge',
    hint: 'Use globalState(), or keep what is needed in the accumulator of a fold.',
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
  ERR_CONNECTORS_CHANGELOG: {
    message: 'Sink {sink} takes inserted rows only, got a row of kind {kind}',
    hint: '{advice}',
    retryable: false,
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
  ERR_CONNECTORS_SINK_STATE: {
    message: 'Cannot go on writing {path}: {reason}',
    hint: 'Put the file back as the checkpoint left it, restore another checkpoint, or start without one.',
    retryable: false,
  },
  // graph
  ERR_GRAPH_ARGUMENT: {
    message: '{call}: expected {expected}, got {got}',
    hint: 'Correct the argument in the job.',
    retryable: false,
  },
  ERR_GRAPH_BAD_ROW: {
    message:
      'Operator {operator} ({kind}) cannot leave out rows at which it throws; onBadRow is {policy}',
    hint: 'Let a map, filter, flatMap or process before it find such rows; sources have an option onBadRow of their own.',
    retryable: false,
  },
  ERR_GRAPH_ASYNC_BUILD: {
    message: 'Expected the build function of job {job} to return nothing, got a promise',
    hint: 'Make it synchronous: read files at the top of the module, or give data by parameters.',
    retryable: false,
  },
  ERR_GRAPH_BUILD: {
    message: 'The build function of job {job} threw {reason}',
    hint: 'Correct the job at the place shown; its parameters are given with --param or `parameters`.',
    retryable: false,
  },
  ERR_GRAPH_BUILT: {
    message: '{call}: expected a call within the build function of job {job}, got one after it',
    hint: 'Declare every stream before the build function returns.',
    retryable: false,
  },
  ERR_GRAPH_CONNECT_KEYED: {
    message: 'connect: expected two keyed streams, got a keyed one and one without a key',
    hint: 'Key the other stream by the same values, or connect the streams before keyBy.',
    retryable: false,
  },
  ERR_GRAPH_DUPLICATE_NAME: {
    message: 'Expected one operator named {name}, got another (the first is at {first})',
    hint: 'Give one of them another name.',
    retryable: false,
  },
  ERR_GRAPH_DUPLICATE_UID: {
    message: 'Expected one operator with uid {uid}, got another (the first is at {first})',
    hint: 'Give one of them another uid; state is kept by uid.',
    retryable: false,
  },
  ERR_GRAPH_FIELD_TYPE: {
    message: '{call}: expected field {field} of {type} to be {expected}, got {got}',
    hint: 'Name another field, or map the rows to a type in which it is {expected}.',
    retryable: false,
  },
  ERR_GRAPH_FINGERPRINT: {
    message:
      'Expected graph {expected} of job {job}, got {got}; the first difference: {difference}',
    hint: 'The module declares another job than when it was planned: it changed on disk, or it depends on time, chance or the thread.',
    retryable: false,
  },
  ERR_GRAPH_FOREIGN_STREAM: {
    message: '{call}: expected a stream of job {job}, got one of another build',
    hint: 'Declare all streams of a job within one call of its build function.',
    retryable: false,
  },
  ERR_GRAPH_FORWARD: {
    message:
      'forward(): expected {from} and {to} to have the same parallelism, got {fromParallelism} and {toParallelism}',
    hint: 'Give both the same parallelism, or use rebalance().',
    retryable: false,
  },
  ERR_GRAPH_JOIN_BOUNDS: {
    message: '{call}: expected a lower bound up to the upper one, got {lower} ms and {upper} ms',
    hint: 'Write the earlier bound first: between(lower, upper) keeps pairs with left + lower <= right <= left + upper.',
    retryable: false,
  },
  ERR_GRAPH_JOIN_KEYS: {
    message: '{call}: expected two streams keyed alike, got {first} and {second}',
    hint: 'Key both by as many fields of the same types, in the same order, or both by functions; equal keys of other types hash differently.',
    retryable: false,
  },
  ERR_GRAPH_JOIN_SELECT: {
    message: '{call}: result field {name} expected {expected}, got {got}',
    hint: 'Name fields of the two record types, such as {example}.',
    retryable: false,
  },
  ERR_GRAPH_JOIN_WHERE: {
    message: '{call}: condition {condition} expected {expected}, got {got}',
    hint: "Compare two fields, or a field with a constant: ['left.time', '<=', 'right.end'], ['right.kind', '=', { value: 10 }].",
    retryable: false,
  },
  ERR_GRAPH_KEY_TYPE: {
    message: '{call}: expected field {field} of {type} to be {expected}, got a {got}',
    hint: 'Key by a function that makes a value or a tuple of values from it.',
    retryable: false,
  },
  ERR_GRAPH_MODULE: {
    message: 'Cannot import {file}: {reason}',
    hint: 'Correct the module; Node runs TypeScript by removing types, so enums and parameter properties are not possible.',
    retryable: false,
  },
  ERR_GRAPH_NO_DEFAULT: {
    message: 'Expected a module whose default export is a job, got one where {got}',
    hint: '{hint}',
    retryable: false,
  },
  ERR_GRAPH_NO_SINK: {
    message: 'Expected job {job} to end in a sink, got none',
    hint: 'End a stream with sinkTo(sink) or print().',
    retryable: false,
  },
  ERR_GRAPH_NO_SOURCE: {
    message: 'Expected job {job} to have a source, got none',
    hint: 'Begin a stream with env.fromSource(source).',
    retryable: false,
  },
  ERR_GRAPH_NO_TRIGGER: {
    message: 'Expected the global window to have a trigger, got none: it would never fire',
    hint: 'Add one, such as trigger(countTrigger(100)) or trigger(endOfStreamTrigger()), or use countWindow(n).',
    retryable: false,
  },
  ERR_GRAPH_NOT_KEYED: {
    message: '{call}: expected a keyed stream for a function with {what}, got one without a key',
    hint: 'Put keyBy(...) before it.',
    retryable: false,
  },
  ERR_GRAPH_PARALLELISM: {
    message: '{what}: expected an integer of 1 .. {most}, got {got}',
    hint: 'Correct the number in the job.',
    retryable: false,
  },
  ERR_GRAPH_SELECT: {
    message: 'select: expected {what} to be {expected}, got {got}',
    hint: 'Give the rows a record type first (`.map(fn, Type)`, or a source with one), and select such as {example}.',
    retryable: false,
  },
  ERR_GRAPH_SIDE_OUTPUT: {
    message: 'Expected one record type for side output {tag}, got {first} and {second}',
    hint: 'Give every getSideOutput of this tag the same record type.',
    retryable: false,
  },
  ERR_GRAPH_STRICT_TYPES: {
    message: 'Expected a record type for the rows from {from} to {to} (strictTypes), got none',
    hint: 'To give them one, {remedy}.',
    retryable: false,
  },
  ERR_GRAPH_TRIGGER: {
    message: 'Expected a trigger that {windows} can have, got {trigger}, which {reason}',
    hint: 'Use another trigger, or other windows; a custom trigger merges once it has onMerge.',
    retryable: false,
  },
  ERR_GRAPH_UNION_TYPES: {
    message: 'union: expected streams of one record type, got {first} and {second}',
    hint: 'Map one of them to the other type by map(fn, Type).',
    retryable: false,
  },
  ERR_GRAPH_UNKNOWN_FIELD: {
    message: '{call}: expected a field of {type} ({fields}), got {field}',
    hint: 'Name a field of the record type.{nearest}',
    retryable: false,
  },
  ERR_GRAPH_NO_TIMESTAMPS: {
    message:
      '{call} got a watermark strategy without a timestamp function, but the rows have no timestamps of their own',
    hint: 'Pass a function that reads the timestamp: boundedOutOfOrderness((row) => row.time, bound).',
    retryable: false,
  },
  // plan
  ERR_PLAN_FORWARD: {
    message:
      'forward(): expected {from} and {to} to have the same parallelism, got {fromParallelism} and {toParallelism}',
    hint: 'Give both the same parallelism in the configuration, or use rebalance() in the job.',
    retryable: false,
  },
  ERR_PLAN_OPERATOR: {
    message:
      'Parallelism for operator {name}: expected an operator of the job ({known}), got {name}',
    hint: 'Correct the name in the configuration.{nearest}',
    retryable: false,
  },
  ERR_PLAN_SETTING: {
    message: '{setting}: expected {expected}, got {got}',
    hint: 'Correct the setting.',
    retryable: false,
  },

  // runtime
  ERR_RUNTIME_USER_FUNCTION: {
    message: 'A user function of operator {operator} threw {reason}',
    hint: 'The source line and the row are above; rows that may be bad can be filtered or sent to a side output.',
    retryable: true,
  },
  ERR_RUNTIME_SIDE_OUTPUT: {
    message: 'No side output named {tag} is declared; declared: {known}',
    hint: "Declare it by getSideOutput('{tag}') on the operator that emits to it, and lead it to a sink.",
    retryable: false,
  },
  ERR_RUNTIME_DRIVER_ROW: {
    message: 'A row of operator {operator} cannot be sent to the submitting thread: {reason}',
    hint: 'Collect plain data: no functions, no class instances with private parts.',
    retryable: false,
  },

  // control
  ERR_CONTROL_WORKER_START: {
    message: 'Worker thread {worker} did not start: {reason}',
    hint: 'Look at the cause; too small a heap limit (pool.heap) is the usual one.',
    retryable: true,
  },
  ERR_CONTROL_WORKER_EXIT: {
    message: 'Worker thread {worker} ended unexpectedly{during}: {reason}',
    hint: 'User code must not call process.exit or leave a promise rejection unhandled.',
    retryable: true,
  },
  ERR_CONTROL_WORKER_HEAP: {
    message: 'Worker thread {worker} ran out of heap{during}: its limit is {limitMiB} MiB',
    hint: 'Raise pool.heap, or keep less on the heap: declared record types keep state off it.',
    retryable: true,
  },
  ERR_CONTROL_WORKER_STUCK: {
    message:
      'Worker thread {worker} was held{during} for {seconds} s by code that does not return{at}',
    hint: 'Let the function return; raise pool.watchdog.stepTimeout if it may take so long.',
    retryable: true,
  },
  ERR_CONTROL_PARAMETERS: {
    message: 'Expected parameters of plain data, got some that cannot be copied: {reason}',
    hint: 'Functions cannot cross threads: give numbers, text and lists, and write the function in the job module.',
    retryable: false,
  },
  ERR_CONTROL_RESCALE: {
    message: 'Job {job} was not {kind}: {reason}',
    hint: 'Unless it ended it goes on as it was; ask again while it runs, when the cause is gone.',
    retryable: true,
  },
  ERR_CONTROL_MOVE: {
    message: 'To move subtasks of job {job}, expected {expected}, got {got}',
    hint: 'See `millrace plan` for the chains of the job and the workers of the pool.',
    retryable: false,
  },
  ERR_CONTROL_CLOSED: {
    message: 'The engine was closed; it takes no more jobs',
    hint: 'Start another engine.',
    retryable: false,
  },
  ERR_CONTROL_JOB: {
    message: 'Expected the number of a job that runs, got {job}',
    hint: 'It ended meanwhile; see `millrace list`.',
    retryable: false,
  },
  ERR_CONTROL_SAVEPOINT_FOLDER: {
    message: 'Nobody said where a savepoint of job {job} is to go',
    hint: 'Name a folder (--to, or --savepoint of `millrace stop`), or give the job a checkpoint.directory.',
    retryable: false,
  },

  // testing
  ERR_TESTING_OUTSIDE: {
    message: 'Expected {what} in a job that a TestRun runs, got one that an engine runs',
    hint: 'Run the job with TestRun.start(job) or runJob(job), or give it a real source and sink.',
    retryable: false,
  },
  ERR_TESTING_NAME: {
    message: 'Expected the name of {what} of the job ({known}), got {got}',
    hint: 'Use the name that the job gave, or add it to the job.',
    retryable: false,
  },
  ERR_TESTING_SUBTASK: {
    message: 'Expected a subtask of {name}, an integer of 0 .. {most}, got {got}',
    hint: 'Raise the parallelism of the run, or name a subtask that there is.',
    retryable: false,
  },
  ERR_TESTING_TIME: {
    message: 'Expected {what} as an integer of milliseconds ≥ 0, got {got}',
    hint: 'Time only moves forward, in whole milliseconds.',
    retryable: false,
  },
  ERR_TESTING_ENDED: {
    message: 'Expected nothing more for test source {source}, which was told that it ended',
    hint: 'Push rows and watermarks before end().',
    retryable: false,
  },
  ERR_TESTING_KEPT_ROW: {
    message: 'Expected a row to be read during the call that it was passed to, got a read after it',
    hint: 'Rows are views over memory that is reused: keep keepRow(row) or the values you need.',
    retryable: false,
  },
  ERR_TESTING_DEADLOCK: {
    message:
      'Expected the job to end, got no progress after {steps} steps with seed {seed}: {states}',
    hint: 'Run it again with the same seed: the same steps follow. Something waits for what never comes.',
    retryable: false,
  },
  ERR_TESTING_ENDLESS: {
    message: 'Expected the job to come to rest, got {steps} steps with seed {seed}: {states}',
    hint: 'Use run.step(n) for a job whose sources never wait, or raise stepsMax.',
    retryable: false,
  },
  ERR_TESTING_CHECKPOINT: {
    message: 'Expected a checkpoint of every subtask, got none of: {subtasks}',
    hint: 'A promise that never settles or an output that nobody reads holds them up.',
    retryable: false,
  },
  ERR_TESTING_RESTORE: {
    message: 'Expected {expected}, got {got}',
    hint: 'Restore a snapshot into the job that it was taken of, with the same number of key groups.',
    retryable: false,
  },
  ERR_TESTING_MODES: {
    message:
      'Expected {output} in mode {mode} as in mode {first}, which gave\n{expected}\ngot in mode {mode}\n{got}',
    hint: 'The operator depends on how its rows come in batches, on full outputs, or loses state in a snapshot.',
    retryable: false,
  },
  // cli
  ERR_CLI_COMMAND: {
    message: 'Expected a command ({known}), got {got}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_CLI_OPTION: {
    message: 'Expected an option of {command}, got {got}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_CLI_VALUE: {
    message: 'Expected {option} to be given {expected}, got {got}',
    hint: 'See `millrace help {command}`.',
    retryable: false,
  },
  ERR_CLI_OPERANDS: {
    message: 'Expected `{usage}`, got {got}',
    hint: 'See `millrace help {command}`.',
    retryable: false,
  },
  ERR_CLI_FILE: {
    message: 'Expected {expected}, got {path}: {reason}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_CLI_JOB: {
    message: 'Expected {wanted}, got {found}',
    hint: '{suggestion}',
    retryable: false,
  },
  ERR_CLI_NO_TYPES: {
    message: 'Expected job {job} to have a record type, got none on any stream',
    hint: 'Give a source or an operator one: csv(path, Type), .map(fn, Type).',
    retryable: false,
  },
} as const;
