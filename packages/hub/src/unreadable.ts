import type { Refusal } from "./admission.ts";

/** What Node could not read as a request, and the status that it is answered with; undefined where nobody is left to be told. */
export function unreadable({
  code = "",
}: NodeJS.ErrnoException): Pick<Refusal, "status" | "message"> | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return { status: 408, message: "The request took too long to come." };
  if (code === "HPE_HEADER_OVERFLOW")
    return { status: 431, message: "The request has too many or too long headers." };
  return code.startsWith("HPE_") ? { status: 400, message: "This is no HTTP request." } : undefined;
}
