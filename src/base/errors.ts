/**
 * Errors in two parts: a message that is safe to log and show, and a cause that may hold card data or
 * secrets and is never logged. Everything thrown on purpose in this program is a SafeError.
 */
export class SafeError extends Error {
  override name = 'SafeError';
}

/** The text of an error that may go into a log line or an answer: nothing of an unknown error but its class. */
export function safeText(error: unknown): string {
  if (error instanceof SafeError) return error.message;
  if (error instanceof Error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code ? `${error.name} ${code}` : error.name;
  }
  return 'unknown error';
}
