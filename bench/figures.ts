/** Numbers in a form for people. */

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function gigabytes(bytes: number): string {
  const all = bytes / 1e9;
  return `${all < 10 ? all.toFixed(1) : whole(all)} GB`;
}

export function millions(count: number): string {
  const all = count / 1e6;
  return `${all < 10 ? all.toFixed(1) : whole(all)} million`;
}
