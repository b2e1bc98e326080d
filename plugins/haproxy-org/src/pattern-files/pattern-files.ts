import {
  type ConfigMap,
  configMapKind,
  objectKey,
  patternNameProblem,
  patternsOf,
  quote,
  SignalboxError,
  type TranslateContext,
  type Translator,
} from '@signalbox/core';

/**
 * The ConfigMap of files of patterns, a name and its lines: `monitors: |`. Lists and lines of HAProxy name them as `patterns/monitors`. What
 * is wrong with one is told, and the others hold.
 */
export function patternFiles(configMap: string): Translator<ConfigMap> {
  return {
    kind: configMapKind,
    objects: [configMap],
    translate(object, context) {
      if (objectKey(object.metadata) !== configMap) return;
      for (const [name, text] of Object.entries(object.data ?? {})) translateFile(name, text, context);
    },
  };
}

function translateFile(name: string, text: string, context: TranslateContext): void {
  const field = `data[${name}]`;
  const wrongName = patternNameProblem(name);
  const patterns = wrongName === undefined ? readPatterns(text) : `Found the key ${quote(name)}; expected ${wrongName}.`;
  if (typeof patterns !== 'string') context.patternFile({ name, patterns, field });
  else
    context.report({
      severity: 'error',
      code: 'PATTERN_FILE_INVALID',
      field,
      message: `${patterns} The file is left out; all others hold.`,
    });
}

/** The patterns, or what is wrong with them. */
function readPatterns(text: string): readonly string[] | string {
  try {
    return patternsOf(text);
  } catch (error) {
    if (!SignalboxError.is(error)) throw error;
    return error.message;
  }
}
