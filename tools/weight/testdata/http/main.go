package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	r, err := http.Get("https://api.example.com/issues")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Body.Close()
	var issues []map[string]any
	fmt.Println(json.NewDecoder(r.Body).Decode(&issues), issues)
}
