// Checks cases with golang.org/x/mod/sumdb/{note,tlog}: signatures, the whole log from its bundles, every tile, proofs of
// inclusion and of consistency, given ones and ones derived anew from the tiles. ../judge.py says what a case is and what
// is answered. Built with GO111MODULE=off against Debian's golang-golang-x-mod-dev.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	for _, dir := range os.Args[1:] {
		if err := judge(dir); err != nil {
			fmt.Printf("refused\t%s\t%s\n", filepath.Base(dir), strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Printf("accepted\t%s\n", filepath.Base(dir))
		}
	}
}

func judge(dir string) error {
	export := filepath.Join(dir, "export")
	key, err := os.ReadFile(filepath.Join(dir, "vkey"))
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	head, err := openFile(filepath.Join(export, "checkpoint"), verifier)
	if err != nil {
		return err
	}
	entries, err := readEntries(export, head.N)
	if err != nil {
		return err
	}
	stored, err := wholeLog(entries, head)
	if err != nil {
		return err
	}
	if err := everyTile(export, head.N, stored); err != nil {
		return err
	}
	derived := tlog.TileHashReader(head, tileFiles{export})
	if err := inclusions(dir, verifier, head, entries, derived); err != nil {
		return err
	}
	return history(dir, verifier, head, derived)
}

// open verifies a signed checkpoint of the log that the key is for.
func open(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	rest := strings.TrimPrefix(opened.Text, verifier.Name()+"\n")
	if rest == opened.Text {
		return tlog.Tree{}, fmt.Errorf("the checkpoint is of another log")
	}
	// The library's parser wants the origin of Go's own log.
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func openFile(path string, verifier note.Verifier) (tlog.Tree, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(text, verifier)
}

// path is the place of a tile in C2SP tlog-tiles: the library's, without the height.
func path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

// tiles are those of a log of the size. This version of the library also lists those of every smaller size.
func tiles(size int64) []tlog.Tile {
	var widest []tlog.Tile
	for _, tile := range tlog.NewTiles(height, 0, size) {
		last := len(widest) - 1
		if last >= 0 && widest[last].L == tile.L && widest[last].N == tile.N {
			widest[last] = tile
		} else {
			widest = append(widest, tile)
		}
	}
	return widest
}

func readEntries(export string, size int64) ([][]byte, error) {
	var entries [][]byte
	for _, tile := range tiles(size) {
		if tile.L != 0 {
			continue
		}
		tile.L = -1
		bundle, err := os.ReadFile(filepath.Join(export, path(tile)))
		if err != nil {
			return nil, err
		}
		for count := 0; count < tile.W; count++ {
			if len(bundle) < 2 || len(bundle)-2 < int(bundle[0])<<8|int(bundle[1]) {
				return nil, fmt.Errorf("%s is cut", path(tile))
			}
			end := 2 + (int(bundle[0])<<8 | int(bundle[1]))
			entries = append(entries, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%s has bytes left over", path(tile))
		}
	}
	return entries, nil
}

// storage holds the hashes of a log in the library's order.
type storage []tlog.Hash

func (s *storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(*s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		hashes[i] = (*s)[index]
	}
	return hashes, nil
}

func wholeLog(entries [][]byte, head tlog.Tree) (*storage, error) {
	stored := &storage{}
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entry, stored)
		if err != nil {
			return nil, err
		}
		*stored = append(*stored, hashes...)
	}
	root, err := tlog.TreeHash(head.N, stored)
	if err != nil {
		return nil, err
	}
	if root != head.Hash {
		return nil, fmt.Errorf("the entries give the root %v, not %v", root, head.Hash)
	}
	return stored, nil
}

func everyTile(export string, size int64, stored *storage) error {
	for _, tile := range tiles(size) {
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(export, path(tile)))
		if err != nil {
			return err
		}
		if string(got) != string(want) {
			return fmt.Errorf("%s is not that of the entries", path(tile))
		}
	}
	return nil
}

// tileFiles reads tiles for the library, which authenticates them.
type tileFiles struct{ export string }

func (t tileFiles) Height() int { return height }

func (t tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		content, err := os.ReadFile(filepath.Join(t.export, path(tile)))
		if err != nil {
			return nil, err
		}
		data = append(data, content)
	}
	return data, nil
}

func (t tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}

func inclusions(dir string, verifier note.Verifier, head tlog.Tree, entries [][]byte, derived tlog.HashReader) error {
	files, err := os.ReadDir(filepath.Join(dir, "proofs"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, "proofs", file.Name()))
		if err != nil {
			return err
		}
		index, given, signed, err := proofParts(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
		against, err := open([]byte(signed), verifier)
		if err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
		if index < 0 || index >= against.N || against.N > head.N {
			return fmt.Errorf("%s: entry %d of %d in a log of %d", file.Name(), index, against.N, head.N)
		}
		leaf := tlog.RecordHash(entries[index])
		if err := tlog.CheckRecord(given, against.N, against.Hash, index, leaf); err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
		own, err := tlog.ProveRecord(head.N, index, derived)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(own, head.N, head.Hash, index, leaf); err != nil {
			return fmt.Errorf("derived for %d: %w", index, err)
		}
	}
	return nil
}

func proofParts(text string) (int64, tlog.RecordProof, string, error) {
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, "", fmt.Errorf("not a tlog-proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, "", fmt.Errorf("a tlog-proof without an index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return 0, nil, "", err
	}
	hashes, err := parseHashes(lines[1:])
	return index, tlog.RecordProof(hashes), signed, err
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func history(dir string, verifier note.Verifier, head tlog.Tree, derived tlog.HashReader) error {
	files, err := os.ReadDir(filepath.Join(dir, "export/checkpoints"))
	if err != nil {
		return err
	}
	sort.Slice(files, func(i, j int) bool { return len(files[i].Name()) < len(files[j].Name()) })
	for _, file := range files {
		old, err := openFile(filepath.Join(dir, "export/checkpoints", file.Name()), verifier)
		if err != nil {
			return fmt.Errorf("checkpoints/%s: %w", file.Name(), err)
		}
		if strconv.FormatInt(old.N, 10) != file.Name() || old.N > head.N {
			return fmt.Errorf("checkpoints/%s has the size %d, the newest %d", file.Name(), old.N, head.N)
		}
		own, err := tlog.ProveTree(head.N, old.N, derived)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, "consistency", file.Name()))
		if err != nil {
			return err
		}
		given, err := parseHashes(strings.Fields(string(text)))
		if err != nil {
			return err
		}
		for _, proof := range []tlog.TreeProof{own, given} {
			if err := tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash); err != nil {
				return fmt.Errorf("%d does not continue %d: %w", head.N, old.N, err)
			}
		}
	}
	return nil
}
