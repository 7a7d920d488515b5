// Sign makes keys, signs statements and verifies what is attached to an artifact, all with the packages of cosign and
// sigstore. Only keys and identity tokens that it is handed are supported: the clients of clouds and of Kubernetes, which are
// most of cosign, are not compiled.
package main

import (
	"context"
	"fmt"
	"os"
)

const usage = `usage:
  sign generate-key-pair                              writes cosign.key and cosign.pub
  sign public-key                                     prints the public part of COSIGN_PRIVATE_KEY
  sign claimed                                        prints whom IDENTITY_TOKEN says that it is of
  sign attest <statements> <bundles>                  signs every file of a folder with COSIGN_PRIVATE_KEY, or as the
                                                      identity of IDENTITY_TOKEN at FULCIO_URL, REKOR_URL, TIMESTAMP_URL
  sign signers <trusted root> <answer>...             prints who signed what is attached with a certificate; asks nobody
  sign extract <folder> <list> <answer>...            writes what is attached and has the digests of a list
  sign verify <public key> <predicate type> <image>   verifies what is attached to an image, over plain HTTP`

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sign:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "generate-key-pair":
		return generateKeyPair()
	case len(arguments) == 1 && arguments[0] == "public-key":
		return printPublicKey()
	case len(arguments) == 1 && arguments[0] == "claimed":
		return printClaimed()
	case len(arguments) == 3 && arguments[0] == "attest":
		return attestAll(ctx, arguments[1], arguments[2])
	case len(arguments) >= 3 && arguments[0] == "signers":
		return printSigners(arguments[1], arguments[2:])
	case len(arguments) >= 4 && arguments[0] == "extract":
		return writeAttached(arguments[1], arguments[2], arguments[3:])
	case len(arguments) == 4 && arguments[0] == "verify":
		return verifyAttached(ctx, arguments[1], arguments[2], arguments[3])
	}
	return fmt.Errorf("%q is no command\n%s", arguments, usage)
}
