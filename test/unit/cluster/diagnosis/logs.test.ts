import { describe, expect, it } from "vitest";

import { readLog, tailOf, wantedLogs } from "../../../../src/cluster/diagnosis/logs.ts";
import { readSnapshot } from "../../../../src/cluster/diagnosis/snapshot.ts";
import { capture } from "./support.ts";

describe("readLog", () => {
  it.each([
    { line: "open /state: read-only file system", cause: "read-only-file-system" },
    { line: "Error: EROFS: read-only file system, open '/app/cache'", cause: "read-only-file-system" },
    { line: "exec /usr/bin/api: exec format error", cause: "cannot-start" },
    { line: "PermissionError: [Errno 13] Permission denied: '/data'", cause: "permission-denied" },
    { line: 'FATAL: password authentication failed for user "cruvero"', cause: "credentials-refused" },
    { line: "ReplyError: WRONGPASS invalid username-password pair", cause: "credentials-refused" },
    { line: "DATABASE_URL is required", cause: undefined },
    { line: "ERROR: permission denied for schema public", cause: undefined },
    { line: "missing environment variable NATS_URL", cause: undefined },
    { line: "ModuleNotFoundError: No module named 'fastapi'", cause: undefined },
    { line: "listen tcp :8080: bind: address already in use", cause: undefined },
  ])("takes for the container's own fault: $line", ({ line, cause }) => {
    expect(readLog(`starting\n${line}\n`)).toEqual({ kind: "own", cause, line });
  });

  it.each([
    { line: "dial tcp: lookup nats on 10.43.0.10:53: no such host", unknownHost: "nats" },
    { line: "Error: getaddrinfo ENOTFOUND postgres", unknownHost: "postgres" },
    { line: 'could not translate host name "db" to address: Name or service not known', unknownHost: "db" },
    { line: "dial tcp 10.43.7.7:5432: connect: connection refused", unknownHost: undefined },
    { line: "Error: connect ECONNREFUSED 10.43.7.7:6379", unknownHost: undefined },
    { line: "FATAL: the database system is starting up", unknownHost: undefined },
    { line: "lookup nats on 10.43.0.10:53: read udp: i/o timeout", unknownHost: undefined },
    { line: "Error: getaddrinfo EAI_AGAIN postgres", unknownHost: undefined },
    { line: 'could not translate host name "db": Temporary failure in name resolution', unknownHost: undefined },
    { line: "nats: no servers available for connection", unknownHost: undefined },
  ])("takes for something that cannot be reached: $line", ({ line, unknownHost }) => {
    expect(readLog(line)).toEqual({ kind: "dependency", line, unknownHost });
  });

  it("finds nothing in a log that says nothing of the end", () => {
    expect(readLog("starting\nlistening on :8080\n")).toEqual({ kind: "none" });
    expect(readLog("")).toEqual({ kind: "none" });
  });

  it("takes no warning for the fault", () => {
    const log = '{"level":"warn","msg":"OTEL_ENDPOINT not set, no traces"}\npanic: runtime error';
    expect(readLog(log)).toEqual({ kind: "none" });
  });

  it("believes the line that comes last: what went before was survived", () => {
    const log = "dial tcp 10.43.7.7:5432: connect: connection refused\nretrying\nAPI_KEY is not set";
    expect(readLog(log)).toMatchObject({ kind: "own", line: "API_KEY is not set" });
  });
});

describe("tailOf", () => {
  it("gives the last lines that are not empty", () => {
    expect(tailOf("one\n\ntwo\nthree\n\n", 2)).toBe("two\nthree");
  });
});

describe("wantedLogs", () => {
  const wanted = (name: string, have = capture(name).logs) => {
    const { document, now } = capture(name);
    return wantedLogs(readSnapshot(document), have, now);
  };

  it("asks once for the log of each end of a container", () => {
    expect(wanted("healing/crash-first", [])).toMatchObject([
      { object: "Deployment app", container: "main", attempt: "ended 1", previous: false },
    ]);
    expect(wanted("healing/crash-first")).toEqual([]);
  });

  it("asks for the log before, where the container runs again", () => {
    expect(wanted("healing/crash-beside-ready-for-a-moment", [])).toEqual([]);
    expect(wanted("job-follows", [])).toContainEqual(expect.objectContaining({ object: "Deployment database" }));
  });

  it("asks for the log of what stays unready, and of a job that runs, again after twice the time", () => {
    const { document, now } = capture("healing/slow-database-crashing");
    const at = (milliseconds: number) => wantedLogs(readSnapshot(document), [], now + milliseconds);
    const job = (milliseconds: number) => at(milliseconds).find(({ object }) => object === "Job migrate")?.attempt;
    expect([0, 10_000, 20_000].map(job)).toEqual([undefined, "running 0, look 1", "running 0, look 2"]);
    expect(at(10_000)).toContainEqual(expect.objectContaining({ object: "Deployment database" }));
  });

  it("does not ask for the log of a program that was never started", () => {
    expect(wanted("program-missing", [])).toEqual([]);
    expect(wanted("secret-missing", [])).toEqual([]);
  });
});
