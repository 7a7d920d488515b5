/** The failures of a run as SARIF 2.1.0, which code hosts show beside the lines of a change. */
import { failedCases, titleOf } from "./report-text.ts";
import type { RunReport } from "./run-report.ts";
import type { CaseResult } from "./stage.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * Renders the failed cases of a report as SARIF. A case without a rule has its stage as one; a case without a file is shown
 * at the platform file, since code hosts drop results that have no file, and names what it is about as a logical location.
 *
 * @param version Version of Slipway.
 */
export function sarif(report: RunReport, version: string): string {
  const failures = failedCases(report).map(({ stage, found }) => ({ found, rule: found.rule ?? stageRule(stage) }));
  const ids = [...new Set(failures.map(({ rule }) => rule))].sort();
  const log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Slipway", version, rules: ids.map((id) => ({ id })) } },
        automationDetails: { id: `slipway/${report.environment}/` },
        columnKind: "utf16CodeUnits",
        results: failures.map(({ found, rule }) => ({
          ruleId: rule,
          ruleIndex: ids.indexOf(rule),
          level: "error",
          message: { text: [found.text, ...(found.fix === undefined ? [] : [found.fix])].join("\n") || titleOf(found) },
          locations: [locationOf(found, report.platform)],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function locationOf({ file, line, group, name }: CaseResult, platform: string) {
  const artifactLocation = { uri: encodeURI(file ?? platform), uriBaseId: "%SRCROOT%" };
  return {
    physicalLocation: { artifactLocation, region: { startLine: line ?? 1 } },
    logicalLocations: [{ fullyQualifiedName: `${group}/${name}` }],
  };
}

function stageRule(stage: string): string {
  return `stage/${stage.replace(/[^a-z0-9]+/g, "-")}`;
}
