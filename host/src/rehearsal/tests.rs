mod asks;
mod replies;
mod service;
