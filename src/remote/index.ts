/** Running engines from outside: the socket that one listens on, and who asks there. */

export { callEngine, removeStale, runningEngines } from './client.ts';
export type { Running, RunningEngine } from './client.ts';
export { LineReader } from './lines.ts';
export { answerLine, parseAnswer, parseRequest, REMOTE_VERSION, requestLine } from './protocol.ts';
export type {
  RemoteAnswer,
  RemoteCall,
  RemoteCheckpoint,
  RemoteJob,
  RemoteRequest,
  RemoteResults,
} from './protocol.ts';
export { entriesIn, ownFolder, runtimeFolder } from './runtime-folder.ts';
export type { EngineEntry } from './runtime-folder.ts';
export { RemoteServer } from './server.ts';
export type { RemoteHandler } from './server.ts';
