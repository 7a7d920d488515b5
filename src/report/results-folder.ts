/**
 * Folder of a container in which commands leave the files that are read from it. The engine looks through all that lies beside a
 * file that it hands out, and beside one in the root of an image with a compiler that is tens of thousands of files.
 */
export const RESULTS = "/out";
