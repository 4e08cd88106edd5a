package main

// Shared code of the Go programs: steps and their results, and codes of authenticator apps.

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"time"
)

const password = "Correct-horse1"

// The members of a request or response of the API.
type members = map[string]interface{}

// Runs a step, which passes unless it panics. The program ends at the first failure.
func step(name string, body func()) {
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Printf("FAIL %s: %v\n", name, problem)
			os.Exit(1)
		}
	}()
	body()
	fmt.Println("pass " + name)
}

func assert(holds bool, problem interface{}) {
	if !holds {
		panic(problem)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

// The current code of an authenticator app, the next one, which is already valid, and a wrong one.
type codes struct{ first, next, wrong string }

func codesOf(secret string) codes {
	key := must(base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret))
	now := uint64(time.Now().Unix() / 30)
	return codes{totp(key, now), totp(key, now+1), wrongCode(key, now)}
}

// Returns six digits that are not a code near this time.
func wrongCode(key []byte, now uint64) string {
	near := ""
	for step := now - 2; step <= now+3; step++ {
		near += totp(key, step) + " "
	}
	for digit := 0; ; digit++ {
		if code := strings.Repeat(fmt.Sprint(digit), 6); !strings.Contains(near, code) {
			return code
		}
	}
}

func totp(key []byte, step uint64) string {
	mac := hmac.New(sha1.New, key)
	check(binary.Write(mac, binary.BigEndian, step))
	sum := mac.Sum(nil)
	number := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1000000)
}
