/** convlab's one public entry: everything a notebook imports comes from here. */
export {};
