//! The node's only way out: plain requests, unsigned. GET /functions/v1/not-a-call

impl<'a> ApiClient<'a> {
    pub fn register(&self) -> Url {
        self.url(&format!("{}/functions/v1/node-register", self.api_url))
    }

    pub fn heartbeat(&self) -> Url {
        self.url(&format!("{}/functions/v1/node-heartbeat", self.api_url))
    }

    pub fn complete(&self) -> Url {
        self.url(&format!("{}/functions/v1/chunk-complete", self.api_url))
    }

    pub fn config(&self, hash: &str) -> Url {
        self.url(&format!("{}/functions/v1/config-fetch?hash={hash}", self.api_url))
    }

    pub fn rotation(&self, id: &str) -> Url {
        self.url(&format!("{}/functions/v1/rotation-fetch?id={id}", self.api_url))
    }
}
