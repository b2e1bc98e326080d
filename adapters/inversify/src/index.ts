export { resolve, token } from './token.js';
export type { Resolving, Token } from './token.js';
export { tokens } from './tokens.js';
export type { ControllerSettings, Tokens } from './tokens.js';
export { controllerModule, pipelineModule } from './controller-module.js';
export { namedPart, namedPartsModule, partsModule } from './parts-module.js';
export type { NamedPart, Parts } from './parts-module.js';
