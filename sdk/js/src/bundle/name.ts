import { dataName, manifestName, signaturesName, tablesName, testsName, wasmName } from "./limits.js";

const maxNameBytes = 200;
const segment = /^[A-Za-z0-9._-]{1,100}$/;

/** Says what is wrong with the form of a path; undefined when nothing is (FORMAT.md rules N2 and N3). */
export function pathFault(name: string): string | undefined {
  if (name === "" || name.length > maxNameBytes) {
    return "the name is empty or too long";
  }
  for (const part of name.split("/")) {
    if (part === "." || part === "..") {
      return "the path leaves or repeats its folder";
    }
    if (!segment.test(part)) {
      return "the path is not canonical, or has other characters than letters, digits, '.', '_' and '-'";
    }
  }
  return undefined;
}

const places = new Set([manifestName, signaturesName, dataName, tablesName, testsName, wasmName]);

/** Says why a bundle may not hold a member of that name; undefined when it may (FORMAT.md rules N2 to N4). */
export function nameFault(name: string): string | undefined {
  const fault = pathFault(name);
  if (fault !== undefined || places.has(name)) {
    return fault;
  }
  const rego = name.endsWith(".rego") && (name.startsWith("custom/") || name.startsWith("lictor/"));
  const binary = name.endsWith(".bin") && name.startsWith("lictor/");
  return rego || binary ? undefined : "not a member of a bundle";
}
