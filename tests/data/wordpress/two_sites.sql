-- two sites, one of them a network of two, without CREATE TABLE and without column names
INSERT INTO `blog_usermeta` VALUES (1,1,'blog_capabilities','a:1:{s:6:\"editor\";b:1;}');
INSERT INTO `blog_users` VALUES (1,'blogger','$wp$2y$10$f8MGNLVhRJfbyO2/pwxirO7KdjSwR7/hXLLlv8z2aUaRcHxMkG/62','blogger','blogger@blog.example','','2019-03-04 05:06:07','',0,'Blogger');
INSERT INTO `wp_usermeta` VALUES (1,1,'wp_capabilities','a:1:{s:13:\"administrator\";b:1;}'),(2,1,'wp_2_capabilities','a:1:{s:6:\"author\";b:1;}'),(3,2,'wp_2_capabilities','a:1:{s:6:\"editor\";b:1;}');
INSERT INTO `wp_users` VALUES (1,'main','$wp$2y$10$ZzuOLih9Mz2AmYiVzPPA1.1zSmHiKG.vkynX1ZQXpzRoliMIoIoJ2','main','main@net.example','','2019-03-04 05:06:07','',0,'Main'),(2,'second','$wp$2y$10$f8MGNLVhRJfbyO2/pwxirO7KdjSwR7/hXLLlv8z2aUaRcHxMkG/62','second','second@net.example','','2019-03-04 05:06:07','',0,'Second');
