import { type ConfigMap, configMapKind, errorResponseProblem, errorStatuses, objectKey, quote, type Translator } from '@signalbox/core';

/**
 * The ConfigMap of responses in place of HAProxy's own: `"503": "HTTP/1.1 503 Service Unavailable\n…"`. What is wrong with one is told, and
 * the others hold.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-errorfile | HAProxy: errorfile}
 */
export function errorFiles(configMap: string): Translator<ConfigMap> {
  return {
    kind: configMapKind,
    objects: [configMap],
    translate(object, context) {
      if (objectKey(object.metadata) !== configMap) return;
      for (const [key, response] of Object.entries(object.data ?? {})) {
        const field = `data[${key}]`;
        const problem = errorStatuses.map(String).includes(key)
          ? responseProblem(response)
          : `Found the key ${quote(key)}; expected a status of HAProxy's own answers: ${errorStatuses.join(', ')}.`;
        if (problem === undefined) context.errorFile({ status: Number(key), response, field });
        else
          context.report({
            severity: 'error',
            code: 'ERROR_FILE_INVALID',
            field,
            message: `${problem} It has no effect; all others hold.`,
          });
      }
    },
  };
}

function responseProblem(response: string): string | undefined {
  const problem = errorResponseProblem(response);
  return problem === undefined ? undefined : `HAProxy cannot send this as a response. Expected ${problem}.`;
}
