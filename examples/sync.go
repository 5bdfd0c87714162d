// Keeps a copy of a user's friends in a file, with nothing but Go 1.18: go run sync.go alice copy.json
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
)

type list struct {
	Since   string
	Friends map[string]bool
}

func main() {
	address := os.Getenv("FRIENDGATE_URL") + "/v1/users/" + url.PathEscape(os.Args[1]) + "/friends?"
	stored, query := list{"", map[string]bool{}}, url.Values{}
	if text, err := os.ReadFile(os.Args[2]); err == nil {
		check(json.Unmarshal(text, &stored))
		query.Set("since", stored.Since)
	}
	for hasMore := true; hasMore; {
		request, err := http.NewRequest("GET", address+query.Encode(), nil)
		check(err)
		request.Header.Set("Authorization", "Bearer "+os.Getenv("API_TOKEN"))
		response, err := http.DefaultClient.Do(request)
		check(err)
		if response.StatusCode == 410 { // Deletions since then are forgotten: begin again.
			stored, query = list{"", map[string]bool{}}, url.Values{}
			continue
		} else if response.StatusCode != 200 {
			log.Fatal(response.Status)
		}
		var page struct {
			Friends, Deleted []struct{ FriendId string }
			Cursor, Since    string
		}
		check(json.NewDecoder(response.Body).Decode(&page))
		for _, added := range page.Friends {
			stored.Friends[added.FriendId] = true
		}
		for _, deleted := range page.Deleted {
			delete(stored.Friends, deleted.FriendId)
		}
		stored.Since, hasMore, query = page.Since, page.Cursor != "", url.Values{"cursor": {page.Cursor}}
	}
	text, err := json.Marshal(stored)
	check(err)
	check(os.WriteFile(os.Args[2], text, 0o600))
	fmt.Println(len(stored.Friends), "friends")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
