/** The image that runs in planted pods: one program that does, in order, what its arguments say. */
import { type Container, dag } from "@dagger.io/dagger";

import { PLANTED } from "./planted-objects.ts";
import { outsideImage } from "./slipway.ts";

/** Each verb takes one argument; a verb that fails ends the program with exit code 1 and a line that says why. */
const PROGRAM = `package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(port string) {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/unready", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "waiting for a licence", 503) })
	check(http.ListenAndServe(":"+port, nil))
}

func main() {
	for at := 1; at+1 < len(os.Args); at += 2 {
		word := os.Args[at+1]
		switch os.Args[at] {
		case "print":
			fmt.Println(word)
		case "sleep":
			time.Sleep(time.Duration(number(word)) * time.Second)
		case "write":
			check(os.WriteFile(word, []byte("written"), 0o600))
		case "once":
			if _, err := os.Stat(word); err != nil {
				check(os.WriteFile(word, nil, 0o600))
				fmt.Fprintln(os.Stderr, "first attempt fails")
				os.Exit(1)
			}
		case "fill":
			check(os.WriteFile(word, make([]byte, 32<<20), 0o600))
		case "dial":
			_, err := net.DialTimeout("tcp", word, 3*time.Second)
			check(err)
		case "await":
			for {
				if _, err := net.DialTimeout("tcp", word, 3*time.Second); err == nil {
					break
				}
				fmt.Println("waiting for " + word)
				time.Sleep(time.Second)
			}
		case "listen":
			_, err := net.Listen("tcp", ":"+word)
			check(err)
		case "serve":
			serve(word)
		case "eat":
			var held [][]byte
			for {
				block := make([]byte, number(word)<<20)
				for index := range block {
					block[index] = 1
				}
				held = append(held, block)
			}
		case "exit":
			os.Exit(number(word))
		}
	}
	for {
		time.Sleep(time.Hour)
	}
}
`;

/** The program's image; besides it there is a file that is no program, and one that may not be executed. */
export async function plantedImage(): Promise<Container> {
  const built = (await outsideImage("golang"))
    .withWorkdir("/planted")
    .withNewFile("main.go", PROGRAM)
    .withNewFile("go.mod", "module planted.invalid\n\ngo 1.26\n")
    .withEnvVariable("CGO_ENABLED", "0")
    .withExec(["go", "build", "-o", "/out/planted", "."])
    .file("/out/planted");
  return dag
    .container()
    .withFile("/planted", built)
    .withNewFile("/no-program", "\u007fELF of no machine", { permissions: 0o755 })
    .withNewFile("/not-executable", "#!/planted", { permissions: 0o644 })
    .withEntrypoint(["/planted"])
    .withAnnotation("io.containerd.image.name", PLANTED);
}
