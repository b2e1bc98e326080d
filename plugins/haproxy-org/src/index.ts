export { haproxyOrg } from './haproxy-org.js';
export type { HaproxyOrgOptions } from './haproxy-org.js';
