/** Lays out rows as a text table for people. */

/** One column: its heading and whether its cells are numbers, which are aligned to the right. */
export type Column = { readonly heading: string; readonly numeric?: boolean };

/**
 * Renders rows under headings, columns two spaces apart, without trailing spaces and without a final line break.
 *
 * @param columns The columns from left to right.
 * @param rows One list of cells per row, as long as the list of columns.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(column.heading.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? "";
        const width = widths[index] ?? 0;
        return column.numeric ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.heading)), ...rows.map(line)].join("\n");
}

/** Bytes as mebibytes with one decimal, for example `11.3 MiB`. */
export function formatMiB(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
