export { tcpServices } from './tcp-services.js';
export type { TcpServicesOptions } from './tcp-services.js';
