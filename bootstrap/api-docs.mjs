/** Lets typedoc read the public API: a link that leads nowhere is an error, symbols without a comment are counted. */
import { Application, Logger, LogLevel } from 'typedoc';

class Findings extends Logger {
  problems = [];
  undocumented = 0;

  log(text, level) {
    if (level !== LogLevel.Warn && level !== LogLevel.Error) return;
    if (text.includes('does not have any documentation')) this.undocumented += 1;
    else this.problems.push(text);
  }
}

const application = await Application.bootstrap();
const findings = new Findings();
application.logger = findings;
await application.options.read(findings);
const project = await application.convert();
if (project) application.validate(project);

for (const problem of findings.problems) console.log(problem);
if (findings.undocumented > 0) console.log(`${findings.undocumented} public symbols have no comment`);
if (!project || findings.problems.length > 0) process.exitCode = 1;
