import { issueCertificates } from './certificates.js';
import { type ClusterShape, nameOf } from './cluster.js';

/** One host, one Service, one slice of ten endpoints for each Ingress. */
export const plain = (size: number): ClusterShape => ({
  ingresses: size,
  services: size,
  slicesPerService: 1,
  endpointsPerSlice: 10,
  namespaces: 50,
  hostOf,
  serviceOf: (ingress) => ingress,
});

/** All Ingresses have paths of the same host. */
export const oneHost = (size: number): ClusterShape => ({ ...plain(size), hostOf: () => 'shop.example' });

/** All Ingresses lead to the same Service. */
export const oneService = (size: number): ClusterShape => ({ ...plain(size), services: 1, namespaces: 1, serviceOf: () => 0 });

/** All Ingresses name the same Secret. */
export const oneSecret = async (size: number): Promise<ClusterShape> => ({
  ...plain(size),
  namespaces: 1,
  secret: { name: 'wildcard-certificate', issues: await issueCertificates(3) },
});

/** A Service with many slices, and a few Ingresses. */
export const manySlices = (size: number): ClusterShape => ({ ...oneService(10), slicesPerService: size });

function hostOf(ingress: number): string {
  return [nameOf('host', ingress), 'example'].join('.');
}
