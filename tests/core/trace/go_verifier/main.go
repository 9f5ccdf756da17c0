// Verifies an unpacked export, or the growth of a tree, with the Go project's own note and tlog code.
// It shares nothing with visavis but the public formats.
//
//	go_verifier act <vkey> <folder>
//	go_verifier growth <vkey> <older checkpoint> <newer checkpoint> <proof: one base64 hash per line>
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func refuse(format string, values ...interface{}) {
	fmt.Printf("refused: "+format+"\n", values...)
	os.Exit(1)
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	if err != nil {
		refuse("%v", err)
	}
	return content
}

func head(vkey, path string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		refuse("vkey: %v", err)
	}
	signed, err := note.Open(read(path), note.VerifierList(verifier))
	if err != nil {
		refuse("checkpoint: %v", err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		refuse("checkpoint: another form or origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		refuse("checkpoint: %v", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		refuse("checkpoint: %v", err)
	}
	return tlog.Tree{N: size, Hash: root}
}

func hashes(encoded []string) []tlog.Hash {
	path := []tlog.Hash{}
	for _, line := range encoded {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			refuse("proof: %v", err)
		}
		path = append(path, hash)
	}
	return path
}

func lines(path string) [][]byte {
	return bytes.Split(bytes.TrimSuffix(read(path), []byte("\n")), []byte("\n"))
}

func act(vkey, folder string) {
	tree := head(vkey, filepath.Join(folder, "proof", "checkpoint.txt"))
	events := lines(filepath.Join(folder, "events.jsonl"))
	places := lines(filepath.Join(folder, "proof", "inclusion.jsonl"))
	if len(events) != len(places) {
		refuse("%d events, %d proofs", len(events), len(places))
	}
	for n, event := range events {
		var place struct {
			Index int64
			Path  []string
		}
		if err := json.Unmarshal(places[n], &place); err != nil {
			refuse("event %d: %v", n, err)
		}
		err := tlog.CheckRecord(hashes(place.Path), tree.N, tree.Hash, place.Index, tlog.RecordHash(event))
		if err != nil {
			refuse("event %d: %v", n, err)
		}
	}
	fmt.Printf("proved: %d events in a tree of %d\n", len(events), tree.N)
}

func main() {
	switch os.Args[1] {
	case "act":
		act(os.Args[2], os.Args[3])
	case "growth":
		older, newer := head(os.Args[2], os.Args[3]), head(os.Args[2], os.Args[4])
		proof := hashes(strings.Fields(string(read(os.Args[5]))))
		if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
			refuse("growth: %v", err)
		}
		fmt.Printf("proved: %d grew to %d\n", older.N, newer.N)
	}
}
